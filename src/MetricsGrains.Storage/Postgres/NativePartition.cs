namespace MetricsGrains.Storage.Postgres;

/// <summary>A stretch of time, from inclusive to exclusive, of a table that PostgreSQL itself partitions by range, and the table that holds it.</summary>
internal readonly record struct NativePartition(string Parent, string Name, DateTimeOffset From, DateTimeOffset To);
