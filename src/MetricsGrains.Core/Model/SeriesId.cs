namespace MetricsGrains.Core.Model;

/// <summary>
/// A series' stable 64-bit identity: XXH64 over varint(name length), name, and the tag set's canonical bytes. Equal on every
/// machine and for ever. Two series may share an id (a collision); who looks a series up by id compares its tags too.
/// </summary>
public readonly record struct SeriesId(ulong Value)
{
    private const int StackLimit = 1024;

    /// <param name="name">The metric name, UTF-8.</param>
    /// <param name="canonicalTags">See <see cref="TagSet.Canonical"/>.</param>
    public static SeriesId Of(ReadOnlySpan<byte> name, ReadOnlySpan<byte> canonicalTags)
    {
        int length = Varint.LengthOf((ulong)name.Length) + name.Length + canonicalTags.Length;
        Span<byte> bytes = length <= StackLimit ? stackalloc byte[StackLimit] : new byte[length + Varint.MaxLength];
        int at = Varint.Write(bytes, (ulong)name.Length);
        name.CopyTo(bytes[at..]);
        canonicalTags.CopyTo(bytes[(at + name.Length)..]);
        return new SeriesId(StableHash.Of(bytes[..length]));
    }

    public override string ToString() => Value.ToString("x16");
}
