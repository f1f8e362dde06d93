namespace MetricsGrains.Server.Ingest;

/// <summary>How StatsD lines came in.</summary>
internal enum StatsDTransport
{
    Udp,
    Tcp,
}
