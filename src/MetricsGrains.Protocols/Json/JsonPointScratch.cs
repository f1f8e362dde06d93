using MetricsGrains.Protocols.Text;

namespace MetricsGrains.Protocols.Json;

/// <summary>
/// Where a reader writes texts that had escapes. Reusable for any number of bodies, by one reader at a time; what a point or a
/// value borrows from it is overwritten by the next.
/// </summary>
public sealed class JsonPointScratch
{
    /// <summary>Bytes a set member with escapes may have; bounds what this keeps.</summary>
    public const int MaxMemberBytes = 65_536;

    private byte[] _member = new byte[256];

    internal byte[] Name { get; } = new byte[TextRules.MaxNameBytes];

    internal byte[] Unit { get; } = new byte[JsonPoint.MaxUnitBytes];

    /// <param name="length">At most <see cref="MaxMemberBytes"/>.</param>
    internal Span<byte> Member(int length)
    {
        if (_member.Length < length)
        {
            _member = new byte[Math.Max(length, _member.Length * 2)];
        }
        return _member;
    }
}
