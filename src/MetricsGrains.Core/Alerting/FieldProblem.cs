namespace MetricsGrains.Core.Alerting;

/// <summary>What is wrong with one field of something that was written by a person.</summary>
/// <param name="Field">Its name as in the API: "window_minutes".</param>
/// <param name="Message">What is wrong and what would be right.</param>
/// <param name="Warning">It can be saved as it is, but is most likely not meant.</param>
public sealed record FieldProblem(string Field, string Message, bool Warning = false);
