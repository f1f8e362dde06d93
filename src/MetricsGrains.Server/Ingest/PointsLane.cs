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
    private readonly long[] _refused = new long[JsonPointStatuses.Count];

    public void Read(ReadOnlySpan<byte> body, long now, IngestLimits limits, PointsReceipt receipt, IngestMeters meters)
    {
        Batch.Clear();
        int tooOld = 0, tooNew = 0;
        string? tooOldReason = null, tooNewReason = null;
        var points = new JsonPointReader(body, _scratch);
        while (points.MoveNext())
        {
            ref readonly JsonPoint point = ref points.Current;
            receipt.Received++;
            if (point.Status != JsonPointStatus.Ok)
            {
                Refuse(receipt, point.Index, point.Status, receipt.Lists ? point.Reason() : "");
                continue;
            }
            long at = point.TimestampMs ?? now;
            if (at < now - limits.MaxAgeMs)
            {
                tooOld++;
                receipt.Reject(point.Index, tooOldReason ??= $"timestamp: older than {limits.MaxAgeMs / 86_400_000.0:0.##} days, the retention of raw samples");
            }
            else if (at > now + limits.MaxAheadMs)
            {
                tooNew++;
                receipt.Reject(point.Index, tooNewReason ??= $"timestamp: more than {limits.MaxAheadMs / 60_000} minutes in the future");
            }
            else
            {
                Take(in point, at, receipt);
            }
        }
        meters.Rejected("too_old", tooOld);
        meters.Rejected("too_new", tooNew);
        ReportRefused(meters);
    }

    private void Take(in JsonPoint point, long at, PointsReceipt receipt)
    {
        CachedSeries? series = Find(point.Name, point.Kind, point.Tags, out ulong hash);
        if (series is null)
        {
            JsonPointStatus status = JsonTags.TryRead(point.Tags, Tags.Cleared());
            if (status != JsonPointStatus.Ok)
            {
                Refuse(receipt, point.Index, status, JsonPointStatuses.ReasonOf(status, 0));
                return;
            }
            series = Remember(hash, point.Name, point.Kind, point.Unit, point.Tags);
        }
        receipt.Take(point.Index, series.Ref);
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

    private void Refuse(PointsReceipt receipt, int index, JsonPointStatus status, string reason)
    {
        _refused[(int)status]++;
        receipt.Reject(index, reason);
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
}
