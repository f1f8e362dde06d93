namespace MetricsGrains.Storage.Postgres;

/// <summary>The cluster whose a database is.</summary>
/// <param name="LiveSilo">"name at address:port" of a silo of it that lives, as far as the database knows; empty: one was about to start.</param>
public sealed record ClusterOwner(string ServiceId, string ClusterId, string LiveSilo);
