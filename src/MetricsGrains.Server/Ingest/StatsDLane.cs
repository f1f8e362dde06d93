using MetricsGrains.Core.Model;
using MetricsGrains.Protocols.StatsD;

namespace MetricsGrains.Server.Ingest;

/// <summary>
/// Turns StatsD lines into samples of a batch that is handed on when it is large or old enough. Several connections share a
/// lane, a chunk at a time, under its lock.
/// </summary>
internal sealed class StatsDLane(IngestPipeline pipeline, IngestMeters meters, StatsDRules rules, AnnotationLog annotations, TimeProvider time) : BatchLane(CacheCapacity)
{
    private const int CacheCapacity = 65_536;
    private const int FlushSamples = 50_000;
    private const int FlushBytes = 1 << 20;

    private static readonly byte[] Milliseconds = "ms"u8.ToArray();

    private readonly Lock _gate = new();
    private readonly long[] _refused = new long[StatsDStatuses.Count];
    private long _received;
    private long _receivedByUdp;
    private long _receivedByTcp;
    private long _longLines;
    private long _tooOld;
    private long _tooNew;

    /// <summary>Takes in the whole lines of a chunk.</summary>
    /// <param name="isWhole">True for a datagram: its last line needs no line break.</param>
    /// <returns>Bytes taken; what is left of a stream's chunk is the beginning of its next line.</returns>
    public int Process(ReadOnlySpan<byte> chunk, bool isWhole, StatsDTransport transport)
    {
        lock (_gate)
        {
            long now = time.GetUtcNow().ToUnixTimeMilliseconds();
            var lines = new StatsDLines(chunk, isWhole);
            while (lines.MoveNext())
            {
                ProcessLine(lines.Current, now);
            }
            if (transport == StatsDTransport.Udp)
            {
                _receivedByUdp += _received;
            }
            else
            {
                _receivedByTcp += _received;
            }
            _received = 0;
            return lines.Consumed;
        }
    }

    /// <summary>A line that is longer than any may be.</summary>
    public void RefuseLongLine()
    {
        lock (_gate)
        {
            _receivedByTcp++;
            _longLines++;
        }
    }

    /// <returns>False: the pipeline is full; the batch is kept.</returns>
    public bool TryFlush(bool evenIfSmall)
    {
        lock (_gate)
        {
            if (evenIfSmall)
            {
                Report();
            }
            if (Batch.SampleCount == 0 || (!evenIfSmall && Batch.SampleCount < FlushSamples && Batch.BodyBytes < FlushBytes))
            {
                return true;
            }
            if (!pipeline.TrySubmit(Batch, out Task<Core.Ports.AppendResult> done))
            {
                return false;
            }
            // Nobody waits for a StatsD sample's fate; the pipeline counts it.
            _ = done.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            Batch.Clear();
            return true;
        }
    }

    /// <summary>Gives up the batch, because a sender that can't be slowed down sends more than can be taken in.</summary>
    public void Drop()
    {
        lock (_gate)
        {
            meters.Dropped("queue", Batch.SampleCount);
            Batch.Clear();
        }
    }

    private void ProcessLine(ReadOnlySpan<byte> line, long now)
    {
        switch (StatsDParser.KindOf(line))
        {
            case StatsDLineKind.Metric:
                StatsDStatus status = StatsDParser.TryParse(line, out StatsDLine metric);
                if (status == StatsDStatus.Ok)
                {
                    TakeMetric(in metric, now);
                }
                else
                {
                    _received++;
                    _refused[(int)status]++;
                }
                break;
            case StatsDLineKind.ServiceCheck:
                TakeServiceCheck(line, now);
                break;
            default:
                TakeEvent(line, now);
                break;
        }
    }

    private void TakeMetric(in StatsDLine line, long now)
    {
        MetricKind kind = StatsDTypes.KindOf(line.Type);
        CachedSeries? series = Find(line.Name, kind, line.Tags, out ulong hash);
        if (series is null)
        {
            StatsDStatus status = StatsDTags.TryRead(line.Tags, Tags.Cleared());
            if (status != StatsDStatus.Ok)
            {
                _received++;
                _refused[(int)status]++;
                return;
            }
            series = Remember(hash, line.Name, kind, line.Type == StatsDType.Timer ? Milliseconds : [], line.Tags);
        }
        long at = line.TimestampMs ?? now;
        double weight = line.SampleRate == 1 || !StatsDTypes.IsSampled(line.Type) ? 1 : 1 / line.SampleRate;
        foreach (StatsDValue value in line.EnumerateValues())
        {
            _received++;
            if (value.Status != StatsDStatus.Ok)
            {
                _refused[(int)value.Status]++;
            }
            else if (Judge(at, now))
            {
                Add(series, kind, in value, at, weight);
            }
        }
    }

    private void Add(CachedSeries series, MetricKind kind, in StatsDValue value, long at, double weight)
    {
        switch (kind)
        {
            case MetricKind.Counter:
                Batch.Add(series.Ref, at, value.Value * weight);
                break;
            case MetricKind.Gauge:
                Batch.Add(series.Ref, at, rules.Gauges is null ? value.Value : rules.Gauges.Resolve(series.Id, value.Value, value.HasSign));
                break;
            case MetricKind.Set:
                Batch.AddMember(series.Ref, at, value.MemberHash);
                break;
            default:
                Batch.Add(series.Ref, at, value.Value, weight);
                break;
        }
    }

    private bool Judge(long at, long now)
    {
        if (at < now - rules.MaxAgeMs)
        {
            _tooOld++;
            return false;
        }
        if (at > now + rules.MaxAheadMs)
        {
            _tooNew++;
            return false;
        }
        return true;
    }

    /// <summary>A check is a gauge of its status (0 ok … 3 unknown) under its own name; its message is kept as an annotation.</summary>
    private void TakeServiceCheck(ReadOnlySpan<byte> line, long now)
    {
        _received++;
        StatsDStatus status = StatsDServiceCheckParser.TryParse(line, out StatsDServiceCheck check);
        status = status == StatsDStatus.Ok && check.Name.Length > SampleBatchFormat.MaxNameBytes ? StatsDStatus.NameTooLong : status;
        if (status == StatsDStatus.Ok)
        {
            status = StatsDTags.TryRead(check.Tags, Tags.Cleared());
        }
        if (status == StatsDStatus.Ok && !check.Host.IsEmpty && Tags.Add("host"u8, check.Host) != TagStatus.Ok)
        {
            status = StatsDStatus.TagTooLong;
        }
        if (status != StatsDStatus.Ok)
        {
            _refused[(int)status]++;
            return;
        }
        long at = check.TimestampMs ?? now;
        if (Judge(at, now))
        {
            ReadOnlySpan<byte> canonical = Tags.Build();
            SeriesRef series = Batch.AddSeries(check.Name, MetricKind.Gauge, [], canonical, SeriesId.Of(check.Name, canonical));
            Batch.Add(series, at, check.Status);
            if (!check.Message.IsEmpty)
            {
                annotations.Add(StatsDAnnotations.Of(in check, TagSet.FromCanonical(canonical), at, now));
            }
        }
    }

    private void TakeEvent(ReadOnlySpan<byte> line, long now)
    {
        _received++;
        StatsDStatus status = StatsDEventParser.TryParse(line, out StatsDEvent happened);
        if (status == StatsDStatus.Ok)
        {
            status = StatsDTags.TryRead(happened.Tags, Tags.Cleared());
        }
        if (status == StatsDStatus.Ok)
        {
            long at = happened.TimestampMs ?? now;
            if (Judge(at, now))
            {
                annotations.Add(StatsDAnnotations.Of(in happened, TagSet.FromCanonical(Tags.Build()), at, now));
                meters.Accepted(1);
            }
        }
        else
        {
            _refused[(int)status]++;
        }
    }

    /// <summary>Passes the counts on: a few times a second, because each costs more than a sample.</summary>
    private void Report()
    {
        meters.Received("statsd_udp", _receivedByUdp);
        meters.Received("statsd_tcp", _receivedByTcp);
        for (int i = 0; i < _refused.Length; i++)
        {
            if (_refused[i] > 0)
            {
                meters.Rejected(StatsDStatuses.NameOf((StatsDStatus)i), _refused[i]);
                _refused[i] = 0;
            }
        }
        meters.Rejected("line_too_long", _longLines);
        meters.Rejected("too_old", _tooOld);
        meters.Rejected("too_new", _tooNew);
        _receivedByUdp = _receivedByTcp = _longLines = _tooOld = _tooNew = 0;
    }
}
