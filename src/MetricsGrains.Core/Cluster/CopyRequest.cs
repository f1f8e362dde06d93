using MetricsGrains.Core.Ports;

namespace MetricsGrains.Core.Cluster;

/// <summary>Records of a silo's log, for the copy of it that another silo keeps.</summary>
/// <param name="Origin">The log's name, as cursors know it.</param>
/// <param name="Generation">Which copy; 0 asks only where the newest is. A later one is begun anew, and takes the place of those before it once it is whole.</param>
/// <param name="Previous">The record before the first of these: what the copy ends with, or the one before it begins.</param>
/// <param name="NeededFrom">The store has all records below this one: the copy may let go of them.</param>
/// <param name="Begins">The copy is not there yet.</param>
/// <param name="IsWhole">With these records it has everything that was acknowledged and is not in the store.</param>
/// <param name="Records">In the order of their sequences. Borrowed from the message where they were read from one.</param>
public sealed record CopyRequest(string Origin, ulong Generation, ulong Previous, ulong NeededFrom, bool Begins, bool IsWhole, IReadOnlyList<LogRecord> Records);

/// <summary>Where the newest copy of a log is.</summary>
/// <param name="Generation">0: there is none that could be continued.</param>
/// <param name="Through">Its last record, on disk.</param>
public sealed record CopyAnswer(ulong Generation, ulong Through);
