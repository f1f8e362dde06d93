namespace MetricsGrains.Storage.Transfer;

/// <summary>
/// A sum of doubles that keeps what each addition rounds away, so that the order of the additions does not show. Source:
/// A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", 1974.
/// </summary>
internal struct ExactSum
{
    private double _sum;
    private double _lost;

    public readonly double Value => double.IsFinite(_sum) ? _sum + _lost : _sum;

    public void Add(double value)
    {
        double sum = _sum + value;
        _lost += Math.Abs(_sum) >= Math.Abs(value) ? _sum - sum + value : value - sum + _sum;
        _sum = sum;
    }

    public void Add(in ExactSum other)
    {
        Add(other._sum);
        _lost += other._lost;
    }
}
