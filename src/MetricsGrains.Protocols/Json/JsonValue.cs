using MetricsGrains.Core.Model;

namespace MetricsGrains.Protocols.Json;

/// <summary>One value of a point; borrows what the point borrows, until the next value.</summary>
public readonly ref struct JsonValue(double value, ReadOnlySpan<byte> member)
{
    /// <summary>Finite. Zero for a set's member.</summary>
    public double Value { get; } = value;

    /// <summary>For a set: the string without its escapes, or the number's text (42 and "42" are one member). Else the number's text.</summary>
    public ReadOnlySpan<byte> Member { get; } = member;

    /// <summary>A set member's stable hash.</summary>
    public ulong MemberHash => StableHash.Of(Member);
}
