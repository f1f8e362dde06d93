using System.Buffers.Binary;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Cluster;

/// <summary>Writes what one origin has for the grains of one silo: a group of records for each metric. Reusable and not thread-safe.</summary>
public sealed class DispatchWriter
{
    private GrowableBuffer _bytes;
    private int _groupAt = -1;

    /// <param name="origin">The log that the records are of.</param>
    /// <param name="completeFromMs">From this event time on that log is complete, Unix ms; long.MinValue when nothing was ever deleted of it.</param>
    public void Begin(string origin, long completeFromMs)
    {
        _bytes.Clear();
        _groupAt = -1;
        _bytes.Append(DispatchFormat.Magic);
        _bytes.Append([DispatchFormat.Version]);
        _bytes.AppendText(origin);
        _bytes.AppendVarint(Varint.ZigZag(completeFromMs));
    }

    /// <param name="epoch">The activation that the records are meant for; of no account when joining.</param>
    /// <param name="join">The origin asks where it stands; no records follow.</param>
    /// <param name="caughtUp">With these records the grain has all that the origin has.</param>
    public void BeginGroup(ulong metricHash, string metric, ulong epoch, bool join, bool caughtUp)
    {
        EndGroup();
        _groupAt = _bytes.Length;
        _bytes.Reserve(4);
        _bytes.Advance(4);
        _bytes.AppendUInt64(metricHash);
        _bytes.AppendText(metric);
        _bytes.AppendVarint(epoch);
        _bytes.Append([(byte)((join ? DispatchFormat.FlagJoin : 0) | (caughtUp ? DispatchFormat.FlagCaughtUp : 0))]);
    }

    /// <param name="previous">The record of the metric before this one, or the position that the grain named; equal to <paramref name="sequence"/> for a record's second slice.</param>
    public void Add(ulong previous, ulong sequence, ReadOnlySpan<byte> slice)
    {
        _bytes.AppendVarint(previous);
        _bytes.AppendVarint(sequence);
        _bytes.AppendPrefixed(slice);
    }

    /// <returns>A copy: the writer may be used again.</returns>
    public byte[] ToArray()
    {
        EndGroup();
        return _bytes.Written.ToArray();
    }

    private void EndGroup()
    {
        if (_groupAt >= 0)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_bytes.At(_groupAt, 4), _bytes.Length - _groupAt - 4);
            _groupAt = -1;
        }
    }
}
