using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Protocols.Prometheus;

/// <summary>
/// Writes metrics in Prometheus' text format 0.0.4, family by family, each series of a family directly after its header.
/// One writer for one answer; not thread-safe. Source: prometheus.io/docs/instrumenting/exposition_formats.
/// </summary>
public sealed class ExpositionWriter(IBufferWriter<byte> output)
{
    /// <summary>The answer's Content-Type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<TagSet, byte[]> _labels = [];
    private byte[] _family = [];
    private ExpositionType _type;

    /// <summary>Begins a family: its HELP and TYPE lines.</summary>
    /// <param name="name">Any name; see <see cref="ExpositionNames.MetricName"/>.</param>
    /// <param name="help">Empty writes no HELP line.</param>
    /// <returns>
    /// False when the name, once made fit, is taken: "a.b" and "a_b" are one to Prometheus. Then nothing was written and the
    /// family's series must be left out, as a name may head one group of lines only.
    /// </returns>
    public bool TryBeginFamily(string name, ExpositionType type, string help = "", string unit = "")
    {
        string text = ExpositionNames.MetricName(name, type, unit);
        _family = [];
        if (_names.Contains(text) || (type == ExpositionType.Summary && (_names.Contains(text + "_sum") || _names.Contains(text + "_count"))))
        {
            return false;
        }
        _names.Add(text);
        if (type == ExpositionType.Summary)
        {
            _names.Add(text + "_sum");
            _names.Add(text + "_count");
        }
        _family = Encoding.UTF8.GetBytes(text);
        _type = type;
        if (help.Length > 0)
        {
            output.Write("# HELP "u8);
            output.Write(_family);
            output.Write(" "u8);
            output.Write(Encoding.UTF8.GetBytes(help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)));
            output.Write("\n"u8);
        }
        output.Write("# TYPE "u8);
        output.Write(_family);
        output.Write(type switch
        {
            ExpositionType.Counter => " counter\n"u8,
            ExpositionType.Gauge => " gauge\n"u8,
            ExpositionType.Summary => " summary\n"u8,
            _ => " untyped\n"u8,
        });
        return true;
    }

    /// <summary>One series of a counter, a gauge or an untyped family. Each tag set once a family.</summary>
    public void WriteValue(TagSet tags, double value)
    {
        Require(_type != ExpositionType.Summary);
        WriteLine(default, LabelsOf(tags), default, value);
    }

    /// <summary>One series of a summary: a line for each quantile, its sum and its count.</summary>
    public void WriteSummary(TagSet tags, ReadOnlySpan<ExpositionQuantile> quantiles, double sum, double count)
    {
        Require(_type == ExpositionType.Summary);
        byte[] labels = LabelsOf(tags);
        Span<byte> number = stackalloc byte[32];
        foreach (ExpositionQuantile quantile in quantiles)
        {
            WriteLine(default, labels, number[..Format(quantile.Quantile, number)], quantile.Value);
        }
        WriteLine("_sum"u8, labels, default, sum);
        WriteLine("_count"u8, labels, default, count);
    }

    private void Require(bool fits)
    {
        if (_family.Length == 0 || !fits)
        {
            throw new UnreachableException("BUG: a series outside a family of its type.");
        }
    }

    private void WriteLine(ReadOnlySpan<byte> suffix, ReadOnlySpan<byte> labels, ReadOnlySpan<byte> quantile, double value)
    {
        output.Write(_family);
        output.Write(suffix);
        if (!labels.IsEmpty || !quantile.IsEmpty)
        {
            output.Write("{"u8);
            output.Write(labels);
            if (!quantile.IsEmpty)
            {
                output.Write(labels.IsEmpty ? "quantile=\""u8 : ",quantile=\""u8);
                output.Write(quantile);
                output.Write("\""u8);
            }
            output.Write("}"u8);
        }
        Span<byte> number = stackalloc byte[32];
        output.Write(" "u8);
        output.Write(number[..Format(value, number)]);
        output.Write("\n"u8);
    }

    // The same tag sets come back in family after family: their text is made once.
    private byte[] LabelsOf(TagSet tags)
    {
        if (!_labels.TryGetValue(tags, out byte[]? labels))
        {
            labels = ExpositionLabels.Format(tags);
            _labels.Add(tags, labels);
        }
        return labels;
    }

    /// <summary>The shortest text that reads back as the same double; infinities and NaN as Go's ParseFloat reads them.</summary>
    private static int Format(double value, Span<byte> destination)
    {
        if (double.IsFinite(value))
        {
            value.TryFormat(destination, out int written, default, CultureInfo.InvariantCulture);
            return written;
        }
        ReadOnlySpan<byte> word = double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8;
        word.CopyTo(destination);
        return word.Length;
    }
}
