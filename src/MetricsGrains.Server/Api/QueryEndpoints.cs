using System.Buffers;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Protocols.Prometheus;
using MetricsGrains.Query;
using MetricsGrains.Server.Composition;
using MetricsGrains.Server.Ingest;
using MetricsGrains.Server.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MetricsGrains.Server.Api;

/// <summary>Reading metrics over HTTP.</summary>
internal static class QueryEndpoints
{
    public static void MapQueries(this IEndpointRouteBuilder endpoints, NodeRuntime node, TimeProvider time)
    {
        endpoints.MapAnswer("/metrics", context => context.Request.Query.ContainsKey("name")
            ? MetricsAsync(new QueryParameters(context.Request, time), node.Queries, context.RequestAborted)
            : Task.FromResult(Exposition(node.Self)));
        endpoints.MapAnswer("/api/v1/query_range", context => RangeAsync(new QueryParameters(context.Request, time), node.Queries, context.RequestAborted));
        endpoints.MapAnswer("/api/v1/query", context => InstantAsync(new QueryParameters(context.Request, time), node, context.RequestAborted));
        endpoints.MapAnswer("/api/v1/metrics", context => ListAsync(new QueryParameters(context.Request, time), node.Queries, context.RequestAborted));
        endpoints.MapAnswer("/api/v1/tags", context => TagKeysAsync(new QueryParameters(context.Request, time), node.Queries, context.RequestAborted));
        endpoints.MapAnswer("/api/v1/tag_values", context => TagValuesAsync(new QueryParameters(context.Request, time), node.Queries, context.RequestAborted));
        endpoints.MapAnswer("/api/v1/annotations", context => AnnotationsAsync(new QueryParameters(context.Request, time), node.Annotations, context.RequestAborted));
    }

    private static async Task<IResult> MetricsAsync(QueryParameters parameters, IMetricQueries queries, CancellationToken cancel)
    {
        string metric = parameters.Required("name");
        long to = parameters.Time("to", parameters.NowMs);
        long from = parameters.Time("from", to - Resolution.OneHour);
        return QueryAnswerWriter.Metrics(await AskAsync(parameters, metric, from, to, queries, cancel));
    }

    private static async Task<IResult> RangeAsync(QueryParameters parameters, IMetricQueries queries, CancellationToken cancel)
    {
        string metric = parameters.Required("metric");
        long to = parameters.Time("end", parameters.NowMs);
        long from = parameters.Time("start", to - Resolution.OneHour);
        return QueryAnswerWriter.Range(await AskAsync(parameters, metric, from, to, queries, cancel));
    }

    private static async Task<QueryResult> AskAsync(QueryParameters parameters, string metric, long from, long to, IMetricQueries queries, CancellationToken cancel)
    {
        Statistic statistic = parameters.Stat("stat") ?? StatisticRules.DefaultOf(await queries.KindOfAsync(metric, cancel));
        var query = new MetricQuery(metric, from, to, parameters.Step("resolution", Resolution.OneMinute), statistic, parameters.Filters("tags"), parameters.List("by"));
        return await queries.QueryAsync(query, cancel);
    }

    /// <summary>The newest value: of a gauge or counter its last sample, of a set its newest window's distinct count.</summary>
    private static async Task<IResult> InstantAsync(QueryParameters parameters, NodeRuntime node, CancellationToken cancel)
    {
        // In the store, minutes are minutes old and raw samples ten.
        (MetricQueries queries, long step) = (node.Queries, node.Ingest is null ? Resolution.OneMinute : Resolution.TenSeconds);
        string metric = parameters.Required("metric");
        long at = parameters.Time("time", parameters.NowMs);
        MetricKind kind = await queries.KindOfAsync(metric, cancel);
        Statistic statistic = parameters.Stat("stat") ?? new Statistic(kind == MetricKind.Set ? StatisticKind.Uniq : StatisticKind.Last);
        foreach (long back in (long[])[5 * Resolution.OneMinute, Resolution.OneHour])
        {
            QueryResult result = await queries.QueryAsync(new MetricQuery(metric, at - back, at, step, statistic, parameters.Filters("tags"), []), cancel);
            if (result.Series is [{ Points.Count: > 0 } series])
            {
                DataPoint last = series.Points[^1];
                return Results.Json(new { status = "success", data = new { timestamp = last.BucketMs, value = double.IsFinite(last.Value) ? last.Value : (double?)null } });
            }
        }
        return Results.Json(new { status = "success", data = (object?)null });
    }

    private static async Task<IResult> ListAsync(QueryParameters parameters, IMetricQueries queries, CancellationToken cancel)
    {
        string after = parameters.Text("after");
        Page<MetricInfo> page = await queries.ListMetricsAsync(parameters.Text("match"), after.Length > 0 ? after : null, parameters.Limit("limit", 100), cancel);
        return Results.Json(new
        {
            status = "success",
            data = page.Items.Select(m => new { name = m.Name, kind = MetricKinds.NameOf(m.Kind), unit = m.Unit, series = m.SeriesCount, last_seen = m.LastSeenMs == long.MinValue ? (long?)null : m.LastSeenMs, active = m.Active }),
            next = page.Next,
        });
    }

    private static async Task<IResult> TagKeysAsync(QueryParameters parameters, IMetricQueries queries, CancellationToken cancel)
    {
        IReadOnlyList<KeyValuePair<string, int>> keys = await queries.TagKeysAsync(parameters.Required("metric"), cancel);
        return Results.Json(new { status = "success", data = keys.Select(k => new { key = k.Key, values = k.Value }) });
    }

    private static async Task<IResult> TagValuesAsync(QueryParameters parameters, IMetricQueries queries, CancellationToken cancel)
    {
        string after = parameters.Text("after");
        Page<string> page = await queries.TagValuesAsync(parameters.Required("metric"), parameters.Required("key"), parameters.Text("match"), after.Length > 0 ? after : null, parameters.Limit("limit", 100), cancel);
        return Results.Json(new { status = "success", data = page.Items, next = page.Next });
    }

    private static async Task<IResult> AnnotationsAsync(QueryParameters parameters, AnnotationLog annotations, CancellationToken cancel)
    {
        long to = parameters.Time("to", parameters.NowMs + 1);
        long from = parameters.Time("from", to - Resolution.OneHour);
        int limit = parameters.Limit("limit", 100);
        // One more than is shown, to know whether there is a next page.
        IReadOnlyList<Annotation> found = await annotations.ReadAsync(new AnnotationQuery(from, to, parameters.Filters("tags"), parameters.Text("text"), parameters.Position("after"), limit + 1), cancel);
        return Results.Json(new
        {
            status = "success",
            data = found.Take(limit).Select(a => new { timestamp = a.UnixMs, title = a.Title, text = a.Text, level = a.Level, host = a.Host, source = a.Source, aggregation_key = a.AggregationKey, tags = new Dictionary<string, string>(a.Tags.ToPairs()) }),
            next = found.Count > limit ? QueryParameters.Format(AnnotationPosition.Of(found[limit - 1])) : null,
        });
    }

    private static IResult Exposition(SelfMetrics self)
    {
        var bytes = new ArrayBufferWriter<byte>(16_384);
        var writer = new ExpositionWriter(bytes);
        foreach (IGrouping<string, InstrumentSnapshot> family in self.Snapshot().GroupBy(s => s.Name, StringComparer.Ordinal))
        {
            InstrumentSnapshot first = family.First();
            ExpositionType type = first.Kind switch
            {
                MetricKind.Counter or MetricKind.CumulativeCounter => ExpositionType.Counter,
                MetricKind.Histogram => ExpositionType.Summary,
                _ => ExpositionType.Gauge,
            };
            if (!writer.TryBeginFamily(first.Name, type, first.Description))
            {
                continue;
            }
            foreach (InstrumentSnapshot series in family)
            {
                if (series.Sketch is { } sketch)
                {
                    writer.WriteSummary(series.Tags, [new(0.5, sketch.Quantile(0.5)), new(0.95, sketch.Quantile(0.95)), new(0.99, sketch.Quantile(0.99))], series.Sum, series.Count);
                }
                else
                {
                    writer.WriteValue(series.Tags, series.Value);
                }
            }
        }
        return Results.Bytes(bytes.WrittenSpan.ToArray(), ExpositionWriter.ContentType);
    }
}
