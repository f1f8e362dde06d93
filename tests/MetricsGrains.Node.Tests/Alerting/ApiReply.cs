using System.Text.Json;

namespace MetricsGrains.Node.Tests.Alerting;

/// <summary>An answer of the alerting API.</summary>
/// <param name="Text">The body as it came.</param>
/// <param name="ETag">Empty when there is none.</param>
/// <param name="Location">Empty when there is none.</param>
internal sealed record ApiReply(int Status, string Text, string ETag, string Location)
{
    public JsonElement Body { get; } = Text.StartsWith('{') ? JsonDocument.Parse(Text).RootElement : default;

    public JsonElement Data => Body.GetProperty("data");

    public string Id => Data.GetProperty("id").GetString()!;

    /// <summary>What the answer's items call themselves.</summary>
    public IReadOnlyList<string> Names => [.. Data.EnumerateArray().Select(i => i.GetProperty("name").GetString()!)];

    /// <summary>Fields of an error, in order.</summary>
    public IReadOnlyList<string> ProblemFields => FieldsOf("problems");

    public IReadOnlyList<string> WarningFields => FieldsOf("warnings");

    public string Error => Body.GetProperty("error").GetString()!;

    public ApiReply Expect(int status)
    {
        Assert.True(Status == status, $"{Status} instead of {status}: {Text}");
        return this;
    }

    private string[] FieldsOf(string member) => Body.TryGetProperty(member, out JsonElement list) ? [.. list.EnumerateArray().Select(p => p.GetProperty("field").GetString()!)] : [];
}
