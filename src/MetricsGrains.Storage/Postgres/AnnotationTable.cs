using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;
using Npgsql;
using static MetricsGrains.Storage.Postgres.Session;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Annotations, within one transaction.</summary>
internal static class AnnotationTable
{
    /// <summary>Rows read at once where the database can't tell by itself which of them match.</summary>
    private const int RowsAtOnce = 1_000;

    public static async Task AppendAsync(Session session, IReadOnlyList<Annotation> annotations, CancellationToken cancel)
    {
        await StoreState.BeginWriteAsync(session, cancel);
        await Partitions.EnsureAsync(session, annotations.Select(a => PartitionSpan.Holding(PartitionKind.Annotation, a.UnixMs)).ToHashSet(), cancel);
        const string Sql = """
            INSERT INTO annotation (at, id, level, title, text, host, source, aggregation_key, tags, canonical, folded)
            SELECT at, id, level, title, text, host, source, aggregation_key, tags::jsonb, canonical, folded
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS n(at, id, level, title, text, host, source, aggregation_key, tags, canonical, folded)
            ON CONFLICT DO NOTHING
            """;
        await session.RunAsync(
            Sql, cancel, Times([.. annotations.Select(a => a.UnixMs)]), Ids([.. annotations.Select(a => a.Id)]), Texts(annotations, a => a.Level), Texts(annotations, a => a.Title),
            Texts(annotations, a => a.Text), Texts(annotations, a => a.Host), Texts(annotations, a => a.Source), Texts(annotations, a => a.AggregationKey),
            Texts(annotations, a => PgText.Json(a.Tags.ToPairs())), Blobs([.. annotations.Select(a => a.Tags.Canonical.ToArray())]), Texts(annotations, AnnotationText.Fold));
    }

    public static async Task<List<Annotation>> ReadAsync(Session session, AnnotationQuery query, CancellationToken cancel)
    {
        await session.RunAsync(PgTables.HoldAnnotations, cancel);
        KeyValuePair<string, string>[] demanded = DemandedOf(query.Filters);
        // Where the database's conditions are all there are, the limit can be its too.
        int rows = demanded.Length == query.Filters.Count ? query.Limit : Math.Max(query.Limit, RowsAtOnce);
        var found = new List<Annotation>();
        AnnotationPosition before = query.Before;
        while (true)
        {
            List<Annotation> page = await ReadPageAsync(session, query, before, PgText.Json(demanded), rows, cancel);
            found.AddRange(page.Where(query.Matches).Take(query.Limit - found.Count));
            if (page.Count < rows || found.Count == query.Limit)
            {
                return found;
            }
            before = AnnotationPosition.Of(page[^1]);
        }
    }

    private static async Task<List<Annotation>> ReadPageAsync(Session session, AnnotationQuery query, AnnotationPosition before, string demanded, int limit, CancellationToken cancel)
    {
        const string Sql = """
            SELECT at, id, level, title, text, host, source, aggregation_key, canonical FROM annotation
            WHERE at >= $1 AND at < $2 AND (at, id) < ($3, $4) AND ($5 = '' OR strpos(folded, $5) > 0) AND tags @> $6::jsonb
            ORDER BY at DESC, id DESC LIMIT $7
            """;
        var page = new List<Annotation>();
        await using NpgsqlCommand command = session.Command(
            Sql, Time(query.FromMs), Time(query.ToMs), Time(before.UnixMs), Id(before.Id), Text(AnnotationText.Fold(query.Text)), Text(demanded), Number(limit));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            page.Add(new Annotation(
                reader.GetGuid(1), PgTime.ToUnixMs(reader.GetFieldValue<long>(0)), reader.GetString(3), reader.GetString(4), reader.GetString(2),
                reader.GetString(5), reader.GetString(6), reader.GetString(7), TagSet.FromCanonical(reader.GetFieldValue<byte[]>(8))));
        }
        return page;
    }

    /// <summary>What every match has: keys of which one value is asked for. Patterns, alternatives and what must not be are looked at row by row.</summary>
    private static KeyValuePair<string, string>[] DemandedOf(IReadOnlyList<TagFilter> filters) =>
        [.. filters.GroupBy(f => f.Key).Where(g => g.Count() == 1 && g.First().Match == TagMatch.Equal).Select(g => KeyValuePair.Create(g.Key, g.First().Value))];

    private static NpgsqlParameter Texts(IReadOnlyList<Annotation> annotations, Func<Annotation, string> of) => Session.Texts([.. annotations.Select(of)]);
}
