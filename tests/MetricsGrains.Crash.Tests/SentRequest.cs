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
/// <param name="Value">A whole number, so that sums are exact. Of a set the member is made of it.</param>
internal readonly record struct SentPoint(string Metric, string Type, string Series, long Ms, double Value)
{
    public string Json => $$$"""{"name":"{{{Metric}}}","type":"{{{Type}}}","value":{{{(Type == "set" ? $"\"u{Value}\"" : Value)}}},"tags":{"series":"{{{Series}}}"},"timestamp":{{{Ms}}}}""";
}

/// <summary>One POST of a sender. The first point is its marker: a series of its own, which tells whether the request is in.</summary>
internal sealed record SentRequest(string Key, int Sender, IReadOnlyList<SentPoint> Points)
{
    public Fate Fate { get; set; } = Fate.InDoubt;

    public SentPoint Marker => Points[0];

    public string Body => string.Join('\n', Points.Select(p => p.Json));
}
