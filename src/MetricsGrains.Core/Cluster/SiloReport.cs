namespace MetricsGrains.Core.Cluster;

/// <summary>What a silo says of itself.</summary>
/// <param name="Node">Its name, as settings give it.</param>
/// <param name="Version">Of the program.</param>
/// <param name="StartedMs">Unix ms.</param>
/// <param name="Metrics">Metrics whose grains live there; their series and what those take in bytes.</param>
/// <param name="SamplesPerSecond">What those grains took in over the last seconds, whichever silo received it.</param>
/// <param name="Origins">The logs that it sends to the grains: its own, and one that it took over.</param>
/// <param name="Hot">The busiest metrics of those that live there, busiest first.</param>
/// <param name="Rules">How it keeps up with the alert rules that live there.</param>
public sealed record SiloReport(
    string Node, string Version, long StartedMs, int Metrics, long Series, long Bytes, double SamplesPerSecond, IReadOnlyList<OriginLag> Origins, IReadOnlyList<HotMetric> Hot, RuleFigures Rules);

/// <summary>How far a log is with the grains.</summary>
/// <param name="Logged">Its newest record that was handed over for sending.</param>
/// <param name="Applied">All records up to here are with their grains.</param>
/// <param name="Behind">Metrics whose grain lacks something of it.</param>
/// <param name="Copy">Its copy in another silo; null: none is wanted, or the silo is of a version that does not say.</param>
public readonly record struct OriginLag(string Origin, ulong Logged, ulong Applied, int Behind, LogCopyStanding? Copy = null);

/// <summary>The copy of a log without which nothing is acknowledged.</summary>
/// <param name="Keeper">The silo that has all of it, "address@run"; null: none has.</param>
/// <param name="Through">Records up to here are in it, or were in the last one.</param>
public sealed record LogCopyStanding(string? Keeper, ulong Through);

/// <summary>A metric that takes much.</summary>
public readonly record struct HotMetric(string Name, double SamplesPerSecond, int Series);
