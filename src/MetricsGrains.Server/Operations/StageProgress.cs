namespace MetricsGrains.Server.Operations;

/// <param name="Stage">"Copying": each stage has a bar of its own.</param>
/// <param name="Subject">What of it is under way; may be empty.</param>
/// <param name="Total">0 while unknown.</param>
/// <param name="Unit">What is counted: "rows".</param>
internal readonly record struct StageProgress(string Stage, string Subject, long Done, long Total, string Unit);
