namespace MetricsGrains.Protocols.Json;

/// <summary>Whether a piece of JSON could be read.</summary>
internal enum JsonSyntax : byte
{
    Ok,

    /// <summary>The text ended where more had to come.</summary>
    CutOff,
    Broken,

    /// <summary>Deeper than <see cref="JsonScanner.MaxDepth"/>.</summary>
    TooDeep,
}
