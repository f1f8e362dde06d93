using MetricsGrains.Core.Model;
using MetricsGrains.Protocols.Json;

namespace MetricsGrains.Server.Ingest;

/// <summary>A point of a request that was refused.</summary>
public sealed record RejectedPoint(int Index, string Reason);

/// <summary>Reads one HTTP body of JSON points into a batch. Pooled: the cache of series lives from request to request.</summary>
internal sealed class PointsLane() : BatchLane(CacheCapacity)
{
    private const int CacheCapacity = 65_536;

    private readonly JsonPointScratch _scratch = new();
    private readonly List<Taken> _taken = [];
    private readonly long[] _refused = new long[JsonPointStatuses.Count];

    /// <summary>Points seen, good or bad.</summary>
    public int Received { get; private set; }

    public List<RejectedPoint> Rejected { get; } = [];

    public void Read(ReadOnlySpan<byte> body, long now, long maxAgeMs, long maxAheadMs, IngestMeters meters)
    {
        Batch.Clear();
        _taken.Clear();
        Rejected.Clear();
        Received = 0;
        int tooOld = 0, tooNew = 0;
        var points = new JsonPointReader(body, _scratch);
        while (points.MoveNext())
        {
            ref readonly JsonPoint point = ref points.Current;
            Received++;
            if (point.Status != JsonPointStatus.Ok)
            {
                Refuse(point.Index, point.Status, point.Reason());
                continue;
            }
            long at = point.TimestampMs ?? now;
            if (at < now - maxAgeMs)
            {
                tooOld++;
                Rejected.Add(new RejectedPoint(point.Index, $"timestamp: older than {maxAgeMs / 86_400_000.0:0.##} days, the retention of raw samples"));
            }
            else if (at > now + maxAheadMs)
            {
                tooNew++;
                Rejected.Add(new RejectedPoint(point.Index, $"timestamp: more than {maxAheadMs / 60_000} minutes in the future"));
            }
            else
            {
                Take(in point, at);
            }
        }
        meters.Rejected("too_old", tooOld);
        meters.Rejected("too_new", tooNew);
        ReportRefused(meters);
    }

    /// <summary>Adds the points whose series a grain refused.</summary>
    public void AddRefusals(IReadOnlyList<Core.Ports.Refusal> refusals)
    {
        foreach (Core.Ports.Refusal refusal in refusals)
        {
            foreach (Taken taken in _taken)
            {
                if (taken.Series.Slice == refusal.Slice && (refusal.Series < 0 || taken.Series.Series == refusal.Series))
                {
                    Rejected.Add(new RejectedPoint(taken.Index, $"{ReasonNames.Of(refusal.Reason)}: {refusal.Detail}"));
                }
            }
        }
        Rejected.Sort((a, b) => a.Index.CompareTo(b.Index));
    }

    private void Take(in JsonPoint point, long at)
    {
        CachedSeries? series = Find(point.Name, point.Kind, point.Tags, out ulong hash);
        if (series is null)
        {
            JsonPointStatus status = JsonTags.TryRead(point.Tags, Tags.Cleared());
            if (status != JsonPointStatus.Ok)
            {
                Refuse(point.Index, status, JsonPointStatuses.ReasonOf(status, 0));
                return;
            }
            series = Remember(hash, point.Name, point.Kind, point.Unit, point.Tags);
        }
        _taken.Add(new Taken(point.Index, series.Ref));
        if (point.ValueCount == 1 && point.Kind != MetricKind.Set)
        {
            Batch.Add(series.Ref, at, point.Value);
            return;
        }
        foreach (JsonValue value in point.EnumerateValues())
        {
            if (point.Kind == MetricKind.Set)
            {
                Batch.AddMember(series.Ref, at, value.MemberHash);
            }
            else
            {
                Batch.Add(series.Ref, at, value.Value);
            }
        }
    }

    private void Refuse(int index, JsonPointStatus status, string reason)
    {
        _refused[(int)status]++;
        Rejected.Add(new RejectedPoint(index, reason));
    }

    private void ReportRefused(IngestMeters meters)
    {
        for (int i = 0; i < _refused.Length; i++)
        {
            if (_refused[i] > 0)
            {
                meters.Rejected(JsonPointStatuses.NameOf((JsonPointStatus)i), _refused[i]);
                _refused[i] = 0;
            }
        }
    }

    private readonly record struct Taken(int Index, SeriesRef Series);
}
