using MetricsGrains.Core.Model;
using MetricsGrains.Storage.Common;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Sqlite;

namespace MetricsGrains.Storage.Transfer;

/// <summary>
/// Reads all of both stores again and compares them: table by table, partition by partition, metric by metric. Memory grows
/// with the number of metrics, not of rows.
/// </summary>
internal sealed class TransferVerification(TransferSource source, PostgresDatabase target, Action<string, long> progress, CancellationToken cancel)
{
    private const int MaxMismatches = 100;

    private readonly List<TableComparison> _tables = [];
    private readonly Dictionary<(long MetricId, PartitionKind Kind), (RowTotals Source, RowTotals Target)> _metrics = [];
    private readonly List<string> _mismatches = [];
    private readonly Dictionary<long, (string Name, MetricKind Kind)> _names = [];

    public IReadOnlyList<TableComparison> Tables => _tables;

    public IReadOnlyList<string> Mismatches => _mismatches;

    /// <summary>Raw blocks of the source that can't be read.</summary>
    public long Damaged { get; private set; }

    /// <summary>Those with most rows first.</summary>
    public IReadOnlyList<MetricComparison> Metrics =>
    [
        .. _metrics.Where(m => m.Key.Kind != PartitionKind.Annotation).OrderByDescending(m => m.Value.Source.Rows).ThenBy(m => NameOf(m.Key.MetricId), StringComparer.Ordinal).ThenBy(m => m.Key.Kind)
            .Select(m => new MetricComparison(NameOf(m.Key.MetricId), TableName(m.Key.Kind), Totals(m.Key.MetricId, m.Key.Kind, m.Value.Source), Totals(m.Key.MetricId, m.Key.Kind, m.Value.Target))),
    ];

    public async Task RunAsync()
    {
        LoadNames();
        await CompareAsync("metrics", CatalogTotals.Metrics(source.Connection), CatalogTotals.MetricsAsync);
        await CompareAsync("series", CatalogTotals.Series(source.Connection), CatalogTotals.SeriesAsync);
        foreach (PartitionKind kind in Enum.GetValues<PartitionKind>())
        {
            await CompareRowsAsync(kind);
        }
        await CompareAsync("cursors", CatalogTotals.Cursors(Sqlite.CursorTable.Load(source.Connection)), async (session, stop) => CatalogTotals.Cursors(await Postgres.CursorTable.LoadAsync(session, null, stop)));
        await CompareAsync("to derive", CatalogTotals.Dirty(source.Connection), CatalogTotals.DirtyAsync);
        await CompareAsync("dropped", CatalogTotals.Dropped(source.Connection), CatalogTotals.DroppedAsync);
    }

    public static string TableName(PartitionKind kind) => kind switch
    {
        PartitionKind.OneMinute => "minutes",
        PartitionKind.OneHour => "hours",
        PartitionKind.OneDay => "days",
        PartitionKind.BriefRaw => "brief raw samples",
        PartitionKind.Annotation => "annotations",
        _ => "raw samples",
    };

    private async Task CompareAsync(string table, RowTotals ours, Func<Session, CancellationToken, Task<RowTotals>> theirs)
    {
        RowTotals found = await target.ReadAsync(theirs, cancel);
        if (ours.Rows != found.Rows)
        {
            Mismatch($"{table}: {ours.Rows} rows in SQLite, {found.Rows} in PostgreSQL");
        }
        else if (ours.Digest != found.Digest)
        {
            Mismatch($"{table}: as many rows, but not the same ones");
        }
        _tables.Add(new TableComparison(table, new TransferTotals(ours.Rows, null, null, ours.Digest), new TransferTotals(found.Rows, null, null, found.Digest)));
    }

    private async Task CompareRowsAsync(PartitionKind kind)
    {
        var totals = new SpanTotals(kind);
        var reader = new SourceTotals(source, cancel);
        (RowTotals Source, RowTotals Target) all = (new RowTotals(), new RowTotals());
        Partition[] partitions = [.. source.Partitions.Where(p => p.Kind == kind)];
        long blocks = 0;
        for (int i = 0; i < partitions.Length; i++)
        {
            Partition partition = partitions[i];
            blocks += partition.Rows;
            void Report(long rows) => progress(partition.Name, rows);
            // SQLite's calls block.
            await Task.Run(() => Add(reader, partition, totals, Report), cancel);
            // Later partitions add nothing to earlier spans: their rows begin in them.
            foreach ((PartitionSpan span, Dictionary<long, RowTotals> ours) in totals.TakeBefore(i + 1 < partitions.Length ? partitions[i + 1].StartMs : long.MaxValue))
            {
                CompareSpan(span, ours, await target.ReadAsync((session, stop) => ReadAsync(session, span, stop), cancel), all);
            }
        }
        Damaged += reader.Damaged;
        long found = await target.ReadAsync((session, stop) => TargetTotals.CountAsync(session, kind, stop), cancel);
        if (found != all.Target.Rows)
        {
            Mismatch($"{TableName(kind)}: {found} rows in PostgreSQL, {found - all.Target.Rows} of them of a time of which SQLite has none");
        }
        TransferTotals ofSource = Totals(0, kind, all.Source);
        // What SQLite calls a block may have become several; counted as they are there.
        _tables.Add(new TableComparison(TableName(kind), IsRaw(kind) ? ofSource with { Rows = blocks } : ofSource, Totals(0, kind, all.Target)));
    }

    private static void Add(SourceTotals reader, Partition partition, SpanTotals totals, Action<long> report)
    {
        switch (partition.Kind)
        {
            case PartitionKind.Raw or PartitionKind.BriefRaw:
                reader.AddRaw(partition, totals, report);
                break;
            case PartitionKind.Annotation:
                reader.AddAnnotations(partition, totals, report);
                break;
            default:
                reader.AddRollups(partition, totals, report);
                break;
        }
    }

    private static Task<Dictionary<long, RowTotals>> ReadAsync(Session session, PartitionSpan span, CancellationToken cancel) => span.Kind switch
    {
        PartitionKind.Raw or PartitionKind.BriefRaw => TargetTotals.RawAsync(session, span, cancel),
        PartitionKind.Annotation => TargetTotals.AnnotationsAsync(session, span, cancel),
        _ => TargetTotals.RollupsAsync(session, span, cancel),
    };

    private void CompareSpan(PartitionSpan span, Dictionary<long, RowTotals> ours, Dictionary<long, RowTotals> theirs, (RowTotals Source, RowTotals Target) all)
    {
        foreach (long metric in ours.Keys.Union(theirs.Keys))
        {
            RowTotals mine = ours.GetValueOrDefault(metric) ?? new RowTotals(), other = theirs.GetValueOrDefault(metric) ?? new RowTotals();
            if (mine.Rows != other.Rows)
            {
                Mismatch($"{span.TableName}, {NameOf(metric)}: {mine.Rows} rows from SQLite, {other.Rows} in PostgreSQL");
            }
            else if (mine.Digest != other.Digest)
            {
                Mismatch($"{span.TableName}, {NameOf(metric)}: as many rows, but not the same ones (samples {mine.Samples} and {other.Samples}, sums {mine.Sum} and {other.Sum})");
            }
            if (!_metrics.TryGetValue((metric, span.Kind), out (RowTotals Source, RowTotals Target) known))
            {
                _metrics.Add((metric, span.Kind), known = (new RowTotals(), new RowTotals()));
            }
            known.Source.Add(mine);
            known.Target.Add(other);
            all.Source.Add(mine);
            all.Target.Add(other);
        }
    }

    private void LoadNames()
    {
        using var statement = new Statement(source.Connection, "SELECT id, name, kind FROM metric");
        while (statement.Step())
        {
            _names.Add(statement.Int64(0), (statement.Text(1), (MetricKind)statement.Int64(2)));
        }
    }

    /// <summary>Rows of a metric that was removed stay until their partition goes.</summary>
    private string NameOf(long metricId) => metricId == 0 ? "all" : _names.TryGetValue(metricId, out (string Name, MetricKind Kind) known) ? known.Name : $"(removed metric {metricId})";

    /// <param name="metricId">0: of several metrics, whose values don't add up to anything.</param>
    private TransferTotals Totals(long metricId, PartitionKind kind, RowTotals totals)
    {
        // The raw values of a set are hashes of its members.
        bool meaningless = IsRaw(kind) && _names.TryGetValue(metricId, out (string Name, MetricKind Kind) known) && known.Kind == MetricKind.Set;
        return new TransferTotals(totals.Rows, kind == PartitionKind.Annotation ? null : totals.Samples, metricId == 0 || meaningless ? null : totals.Sum, totals.Digest);
    }

    private static bool IsRaw(PartitionKind kind) => kind is PartitionKind.Raw or PartitionKind.BriefRaw;

    private void Mismatch(string what)
    {
        if (_mismatches.Count < MaxMismatches)
        {
            _mismatches.Add(what);
        }
    }
}
