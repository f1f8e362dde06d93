using System.Globalization;

namespace MetricsGrains.Crash.Tests;

/// <summary>What is known of a request.</summary>
internal enum Fate
{
    /// <summary>It was on its way when the node died.</summary>
    InDoubt,

    /// <summary>Acknowledged, or found in.</summary>
    In,

    /// <summary>Refused, or found out.</summary>
    Out,
}

/// <param name="Type">As the API names the kinds.</param>
/// <param name="Series">Value of the one tag, "series".</param>
/// <param name="Value">A whole number or a half, so that sums are exact. Of a set the member is made of it.</param>
/// <param name="Times">How often the value is in the point.</param>
internal readonly record struct SentPoint(string Metric, string Type, string Series, long Ms, double Value, int Times = 1)
{
    public string Json => $$$"""{"name":"{{{Metric}}}","type":"{{{Type}}}",{{{Values}}},"tags":{"series":"{{{Series}}}"},"timestamp":{{{Ms}}}}""";

    private string Values => Times > 1 ? $"\"values\":[{string.Join(',', Enumerable.Repeat(Value.ToString(CultureInfo.InvariantCulture), Times))}]"
        : Type == "set" ? $"\"value\":\"u{Value}\"" : $"\"value\":{Value.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>One POST of a sender. The first point is its marker: a series of its own, which tells whether the request is in.</summary>
internal sealed record SentRequest(string Key, int Sender, IReadOnlyList<SentPoint> Points)
{
    public Fate Fate { get; set; } = Fate.InDoubt;

    public SentPoint Marker => Points[0];

    public string Body => string.Join('\n', Points.Select(p => p.Json));
}
