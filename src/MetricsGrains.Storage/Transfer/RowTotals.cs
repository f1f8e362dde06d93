namespace MetricsGrains.Storage.Transfer;

/// <summary>Adds up rows of one table, in any order.</summary>
internal sealed class RowTotals
{
    private ExactSum _samples;
    private ExactSum _sum;

    public long Rows { get; private set; }

    public ulong Digest { get; private set; }

    public double Samples => _samples.Value;

    public double Sum => _sum.Value;

    /// <summary>A row.</summary>
    public void Add(ulong hash, double samples, double sum)
    {
        Rows++;
        AddSample(hash, samples, sum);
    }

    /// <summary>A part of a row that is already counted.</summary>
    public void AddSample(ulong hash, double samples, double sum)
    {
        Digest += hash;
        _samples.Add(samples);
        _sum.Add(sum);
    }

    public void CountRow() => Rows++;

    public void Add(RowTotals other)
    {
        Rows += other.Rows;
        Digest += other.Digest;
        _samples.Add(other._samples);
        _sum.Add(other._sum);
    }
}
