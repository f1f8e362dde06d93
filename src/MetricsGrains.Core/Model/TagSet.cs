using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MetricsGrains.Core.Model;

/// <summary>
/// A series' tags: unique keys in ordinal byte order, UTF-8, immutable. Canonical bytes: varint count, then for each tag
/// varint key length, key, varint value length, value. Equal sets have equal bytes.
/// </summary>
public sealed class TagSet : IEquatable<TagSet>
{
    /// <summary>Tags a series may have. More is a client bug, not a need.</summary>
    public const int MaxTags = 64;

    /// <summary>Bytes a tag key may have.</summary>
    public const int MaxKeyBytes = 200;

    /// <summary>Bytes a tag value may have.</summary>
    public const int MaxValueBytes = 1024;

    public static readonly TagSet Empty = new([0]);

    private readonly byte[] _canonical;

    private TagSet(byte[] canonical) => _canonical = canonical;

    public ReadOnlySpan<byte> Canonical => _canonical;

    /// <summary>The canonical bytes as an array that must not be changed.</summary>
    public ReadOnlyMemory<byte> CanonicalMemory => _canonical;

    public int Count => Varint.Read(_canonical, out ulong count) > 0 ? (int)count : 0;

    /// <summary>A set over a copy of bytes that are known to be canonical (see <see cref="IsCanonical"/>).</summary>
    public static TagSet FromCanonical(ReadOnlySpan<byte> canonical) => canonical.Length <= 1 ? Empty : new TagSet(canonical.ToArray());

    /// <summary>Checks foreign bytes: lengths in bounds and in their shortest form, keys unique and in order, limits held, nothing left over.</summary>
    public static bool IsCanonical(ReadOnlySpan<byte> bytes)
    {
        int at = Varint.Read(bytes, out ulong count);
        if (at != 1 || count > MaxTags)
        {
            return false;
        }
        int shortest = 1;
        ReadOnlySpan<byte> previous = default;
        for (ulong i = 0; i < count; i++)
        {
            if (!TryTake(bytes, ref at, MaxKeyBytes, out ReadOnlySpan<byte> key) || key.IsEmpty || !TryTake(bytes, ref at, MaxValueBytes, out ReadOnlySpan<byte> value))
            {
                return false;
            }
            if (i > 0 && previous.SequenceCompareTo(key) >= 0)
            {
                return false;
            }
            previous = key;
            shortest += Varint.LengthOf((ulong)key.Length) + key.Length + Varint.LengthOf((ulong)value.Length) + value.Length;
        }
        // A length written longer than it need be would give one set two forms, and so two ids.
        return at == bytes.Length && at == shortest;
    }

    /// <summary>From pairs in any order. A key given twice keeps its last value.</summary>
    /// <exception cref="ArgumentException">A limit is broken.</exception>
    public static TagSet Of(params IEnumerable<(string Key, string Value)> tags)
    {
        var builder = new TagSetBuilder();
        foreach ((string key, string value) in tags)
        {
            if (builder.Add(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value)) is var status && status != TagStatus.Ok)
            {
                throw new ArgumentException($"tag '{key}': {status}", nameof(tags));
            }
        }
        return FromCanonical(builder.Build());
    }

    public Enumerator GetEnumerator() => new(_canonical);

    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        foreach (Tag tag in this)
        {
            if (tag.Key.SequenceEqual(key))
            {
                value = tag.Value;
                return true;
            }
        }
        value = default;
        return false;
    }

    public bool TryGet(string key, [NotNullWhen(true)] out string? value)
    {
        bool found = TryGet(Encoding.UTF8.GetBytes(key), out ReadOnlySpan<byte> bytes);
        value = found ? Encoding.UTF8.GetString(bytes) : null;
        return found;
    }

    public IReadOnlyList<KeyValuePair<string, string>> ToPairs()
    {
        var pairs = new List<KeyValuePair<string, string>>(Count);
        foreach (Tag tag in this)
        {
            pairs.Add(new(Encoding.UTF8.GetString(tag.Key), Encoding.UTF8.GetString(tag.Value)));
        }
        return pairs;
    }

    public bool Equals(TagSet? other) => other is not null && Canonical.SequenceEqual(other.Canonical);

    public override bool Equals(object? obj) => Equals(obj as TagSet);

    public override int GetHashCode() => (int)StableHash.Of(_canonical);

    /// <summary>"key:value,key:value".</summary>
    public override string ToString() => string.Join(',', ToPairs().Select(p => $"{p.Key}:{p.Value}"));

    private static bool TryTake(ReadOnlySpan<byte> bytes, scoped ref int at, int limit, out ReadOnlySpan<byte> part)
    {
        part = default;
        int used = Varint.Read(bytes[at..], out ulong length);
        if (used == 0 || length > (ulong)limit || (ulong)(bytes.Length - at - used) < length)
        {
            return false;
        }
        part = bytes.Slice(at + used, (int)length);
        at += used + (int)length;
        return true;
    }

    /// <summary>One tag; borrows the set it came from.</summary>
    public readonly ref struct Tag(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        public ReadOnlySpan<byte> Key { get; } = key;

        public ReadOnlySpan<byte> Value { get; } = value;
    }

    /// <summary>Walks canonical bytes.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<byte> _bytes;
        private int _at;
        private int _left;

        public Enumerator(ReadOnlySpan<byte> canonical)
        {
            _bytes = canonical;
            _at = Varint.Read(canonical, out ulong count);
            _left = (int)count;
            Current = default;
        }

        public Tag Current { get; private set; }

        public bool MoveNext()
        {
            if (_left == 0 || !TryTake(_bytes, ref _at, MaxKeyBytes, out ReadOnlySpan<byte> key) || !TryTake(_bytes, ref _at, MaxValueBytes, out ReadOnlySpan<byte> value))
            {
                return false;
            }
            _left--;
            Current = new Tag(key, value);
            return true;
        }
    }
}
