using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Server.Api;

/// <summary>A request that can't be done as asked.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="message">What is wrong and what would be right; empty: the problems say it.</param>
/// <param name="problems">By field, where fields are to blame.</param>
internal sealed class ApiProblemException(int status, string message, IReadOnlyList<FieldProblem>? problems = null)
    : Exception(message.Length > 0 ? message : string.Join("; ", (problems ?? []).Select(p => $"{p.Field}: {p.Message}")))
{
    public int Status { get; } = status;

    public IReadOnlyList<FieldProblem> Problems { get; } = problems ?? [];

    /// <summary>The version that is stored, where the request was made for another.</summary>
    public int? CurrentVersion { get; init; }

    public static ApiProblemException OfField(string field, string message, int status = 400) => new(status, "", [new FieldProblem(field, message)]);

    public static ApiProblemException NotFound(string what) => new(404, what);
}
