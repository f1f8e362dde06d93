namespace MetricsGrains.Protocols.Json;

/// <summary>What a value is.</summary>
internal enum JsonTokenKind : byte
{
    /// <summary>There was none.</summary>
    None,
    Null,
    True,
    False,

    /// <summary>The bare words NaN, Infinity and -Infinity: not JSON, but what Python's json module writes.</summary>
    NotFinite,
    Number,
    String,
    Object,
    Array,
}
