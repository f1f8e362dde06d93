using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace MetricsGrains.Dashboard.Live;

/// <summary>
/// One tick's news for all charts of a page. Little-endian; web/app/frame.js reads it:
/// <code>
/// frame    f64 server's time (Unix ms), section*
/// section  u16 chart, u8 reset, u8 0, u32 bytes that follow, f64 from (Unix ms), f64 to, u32 step (ms),
///          u32 length and JSON head {unit, grows, labels} (length 0 unless reset), series*
/// series   u16 index, u16 0, u32 points, (u32 bucket as (start − from) / step, f64 value)*
/// </code>
/// </summary>
public sealed class FrameWriter
{
    private const int SectionLengthOffset = 4;
    private const int SectionHeaderBytes = 8;

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly List<(int At, int Length)> _lengths = [];
    private int _sectionStart;

    public FrameWriter(long nowMs) => Double(nowMs);

    public int Sections => _lengths.Count;

    public void BeginSection(int chartId, bool reset, long fromMs, long toMs, long stepMs)
    {
        _sectionStart = _buffer.WrittenCount;
        Short(chartId);
        Short(reset ? 1 : 0);
        Integer(0);
        Double(fromMs);
        Double(toMs);
        Integer(stepMs);
        if (!reset)
        {
            Integer(0);
        }
    }

    /// <summary>Only in a section that resets, before its series.</summary>
    public void WriteHead(string unit, bool growsWithinBucket, IReadOnlyList<string> labels)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(new { unit, grows = growsWithinBucket, labels });
        Integer(json.Length);
        _buffer.Write(json);
    }

    public void BeginSeries(int index, int points)
    {
        Short(index);
        Short(0);
        Integer(points);
    }

    public void WritePoint(long bucketIndex, double value)
    {
        Integer(bucketIndex);
        Double(value);
    }

    public void EndSection() => _lengths.Add((_sectionStart + SectionLengthOffset, _buffer.WrittenCount - _sectionStart - SectionHeaderBytes));

    public byte[] ToArray()
    {
        byte[] bytes = _buffer.WrittenSpan.ToArray();
        foreach ((int at, int length) in _lengths)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), (uint)length);
        }
        return bytes;
    }

    private void Short(int value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.GetSpan(2), checked((ushort)value));
        _buffer.Advance(2);
    }

    private void Integer(long value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.GetSpan(4), checked((uint)value));
        _buffer.Advance(4);
    }

    private void Double(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
    }
}
