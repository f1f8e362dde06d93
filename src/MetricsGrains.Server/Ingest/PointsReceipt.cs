using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Ingest;

/// <summary>What became of each point of one request. Pooled: it outlives the lane that read the request, which has others to read meanwhile.</summary>
internal sealed class PointsReceipt
{
    /// <summary>Rejected points that an answer lists. Who sends ten thousand bad points learns no more from the last nine thousand.</summary>
    public const int MaxListed = 1_000;

    private readonly List<Taken> _taken = [];
    private readonly List<RejectedPoint> _rejected = [];

    /// <summary>Points seen, good or bad.</summary>
    public int Received { get; set; }

    public int RejectedTotal { get; private set; }

    /// <summary>Too large to be kept for the next request.</summary>
    public bool IsBulky => _taken.Capacity > 100_000;

    public void Clear()
    {
        _taken.Clear();
        _rejected.Clear();
        Received = 0;
        RejectedTotal = 0;
    }

    public void Take(int index, SeriesRef series) => _taken.Add(new Taken(index, series));

    /// <summary>Whether the next rejected point is listed, and its reason worth putting into words.</summary>
    public bool Lists => _rejected.Count < MaxListed;

    /// <param name="reason">May be anything when <see cref="Lists"/> is false.</param>
    public void Reject(int index, string reason)
    {
        RejectedTotal++;
        if (Lists)
        {
            _rejected.Add(new RejectedPoint(index, reason));
        }
    }

    /// <summary>Adds the points whose series a grain refused. In one pass: a refusal names a series, and a request may have as many of those as points.</summary>
    public void AddRefusals(IReadOnlyList<Refusal> refusals)
    {
        if (refusals.Count == 0)
        {
            return;
        }
        var bySeries = new Dictionary<SeriesRef, Refusal>(refusals.Count);
        foreach (Refusal refusal in refusals)
        {
            bySeries.TryAdd(new SeriesRef(refusal.Slice, refusal.Series), refusal);
        }
        foreach (Taken taken in _taken)
        {
            if (bySeries.TryGetValue(taken.Series, out Refusal? refusal) || bySeries.TryGetValue(taken.Series with { Series = -1 }, out refusal))
            {
                Reject(taken.Index, Lists ? $"{ReasonNames.Of(refusal.Reason)}: {refusal.Detail}" : "");
            }
        }
    }

    public PointsAnswer Answer(int status) => new(status, Received - RejectedTotal, [.. _rejected.OrderBy(r => r.Index)], RejectedTotal);

    private readonly record struct Taken(int Index, SeriesRef Series);
}
