using System.Globalization;

namespace MetricsGrains.Benchmarks.Cluster;

/// <summary>What one figure was in several rounds, on a machine whose other work comes and goes.</summary>
internal sealed class Spread
{
    private readonly List<double> _values = [];

    public void Add(double value) => _values.Add(value);

    public double Median
    {
        get
        {
            double[] sorted = [.. _values.Order()];
            return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }

    /// <summary>"median (least–most)".</summary>
    public string Text(string format) => string.Create(CultureInfo.InvariantCulture, $"{Median.ToString(format, CultureInfo.InvariantCulture)} ({_values.Min().ToString(format, CultureInfo.InvariantCulture)}–{_values.Max().ToString(format, CultureInfo.InvariantCulture)})");
}
