using MetricsGrains.Core.Model;

namespace MetricsGrains.Protocols.StatsD;

/// <summary>One of a line's packed values; borrows the line.</summary>
public readonly ref struct StatsDValue(StatsDStatus status, double value, ReadOnlySpan<byte> raw)
{
    /// <summary><see cref="StatsDStatus.Ok"/>, or <see cref="StatsDStatus.BadValue"/>, which costs this value only.</summary>
    public StatsDStatus Status { get; } = status;

    /// <summary>Finite. Zero for a set's member.</summary>
    public double Value { get; } = value;

    /// <summary>The value's text; for a set, the member.</summary>
    public ReadOnlySpan<byte> Raw { get; } = raw;

    /// <summary>The text starts with a sign: a gauge's value may then be meant as a change.</summary>
    public bool HasSign => !Raw.IsEmpty && Raw[0] is (byte)'+' or (byte)'-';

    /// <summary>A set member's stable hash.</summary>
    public ulong MemberHash => StableHash.Of(Raw);
}
