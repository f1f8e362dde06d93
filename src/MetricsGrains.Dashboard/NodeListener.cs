namespace MetricsGrains.Dashboard;

/// <summary>Where a node takes metrics in.</summary>
/// <param name="Protocol">Lower case: "statsd", "http", "otlp".</param>
/// <param name="Transport">Lower case: "udp", "tcp", "http", "grpc".</param>
/// <param name="Port">The port really bound.</param>
public sealed record NodeListener(string Protocol, string Transport, int Port);
