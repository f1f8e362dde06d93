namespace MetricsGrains.Storage.Reports;

/// <summary>How much of one log is in the store, over all metrics.</summary>
/// <param name="Origin">The log: a node's id and the log's own.</param>
/// <param name="Stream">"rollup" or "raw".</param>
/// <param name="Cursors">One a metric; of raw one in all.</param>
/// <param name="AppliedThrough">Highest record in the store.</param>
/// <param name="BehindRecords">Records that another stream of the origin has in the store and this one has not.</param>
/// <param name="OpenFromMs">Newest time, Unix ms, up to which everything is in the store: of rollups the end of the newest closed minute, of raw samples when they were last written.</param>
/// <param name="LagMs">How long ago that was. Beyond a few minutes for rollups, or two intervals for raw samples, the node is stopped, is sent nothing or can't write.</param>
public sealed record CursorReport(string Origin, string Stream, long Cursors, ulong AppliedThrough, ulong BehindRecords, long OpenFromMs, long LagMs);
