namespace MetricsGrains.Core.Model;

/// <summary>Collects tags in any order and writes their canonical bytes. Reusable; not thread-safe; allocates only to grow.</summary>
public sealed class TagSetBuilder
{
    private readonly Entry[] _entries = new Entry[TagSet.MaxTags];
    private byte[] _text = new byte[512];
    private byte[] _canonical = new byte[512];
    private int _count;
    private int _used;

    public int Count => _count;

    public void Clear()
    {
        _count = 0;
        _used = 0;
    }

    /// <summary>This builder, emptied.</summary>
    public TagSetBuilder Cleared()
    {
        Clear();
        return this;
    }

    /// <summary>Copies the tag. A key given before is given this value instead (the last one wins, as in DogStatsD clients' own merging).</summary>
    public TagStatus Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.IsEmpty)
        {
            return TagStatus.EmptyKey;
        }
        if (key.Length > TagSet.MaxKeyBytes)
        {
            return TagStatus.KeyTooLong;
        }
        if (value.Length > TagSet.MaxValueBytes)
        {
            return TagStatus.ValueTooLong;
        }
        int at = 0;
        for (; at < _count; at++)
        {
            int order = KeyOf(_entries[at]).SequenceCompareTo(key);
            if (order == 0)
            {
                _entries[at] = Store(key, value);
                return TagStatus.Ok;
            }
            if (order > 0)
            {
                break;
            }
        }
        if (_count == _entries.Length)
        {
            return TagStatus.TooManyTags;
        }
        Array.Copy(_entries, at, _entries, at + 1, _count - at);
        _entries[at] = Store(key, value);
        _count++;
        return TagStatus.Ok;
    }

    /// <summary>The canonical bytes; valid until the next call on this builder.</summary>
    public ReadOnlySpan<byte> Build()
    {
        int need = ((_count * 2) + 1) * Varint.MaxLength + _used;
        if (_canonical.Length < need)
        {
            _canonical = new byte[need * 2];
        }
        int at = Varint.Write(_canonical, (ulong)_count);
        for (int i = 0; i < _count; i++)
        {
            Entry entry = _entries[i];
            at += Varint.Write(_canonical.AsSpan(at), (ulong)entry.KeyLength);
            KeyOf(entry).CopyTo(_canonical.AsSpan(at));
            at += entry.KeyLength;
            at += Varint.Write(_canonical.AsSpan(at), (ulong)entry.ValueLength);
            _text.AsSpan(entry.At + entry.KeyLength, entry.ValueLength).CopyTo(_canonical.AsSpan(at));
            at += entry.ValueLength;
        }
        return _canonical.AsSpan(0, at);
    }

    private ReadOnlySpan<byte> KeyOf(Entry entry) => _text.AsSpan(entry.At, entry.KeyLength);

    private Entry Store(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int need = _used + key.Length + value.Length;
        if (_text.Length < need)
        {
            Array.Resize(ref _text, need * 2);
        }
        var entry = new Entry(_used, key.Length, value.Length);
        key.CopyTo(_text.AsSpan(_used));
        value.CopyTo(_text.AsSpan(_used + key.Length));
        _used = need;
        return entry;
    }

    private readonly record struct Entry(int At, int KeyLength, int ValueLength);
}
