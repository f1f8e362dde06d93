using System.Diagnostics;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Alerting;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Sqlite;

namespace MetricsGrains.Benchmarks;

/// <summary>A history of 90 days: how fast it fills, how long its questions take, and what saving the state of rules costs beside it.</summary>
internal static class AlertStoreLoad
{
    private const int Rules = 1_000;
    private const int Instances = 20;
    private const long Day = 86_400_000;

    private static readonly CancellationToken None = CancellationToken.None;

    /// <param name="connectionString">A PostgreSQL database that is empty; null: a SQLite file in a folder for the time being.</param>
    public static async Task RunAsync(int events, string? connectionString)
    {
        string folder = Directory.CreateTempSubdirectory("mg-alert-load-").FullName;
        try
        {
            await using AlertStore store = connectionString is null
                ? new SqliteAlertStore(Path.Combine(folder, "alerts.db"), TimeProvider.System)
                : new PostgresAlertStore(connectionString, TimeProvider.System);
            await store.OpenAsync(None);
            await FillAsync(store, events);
            await SaveAsync(store);
            await AskAsync(store);
            long began = Stopwatch.GetTimestamp();
            await store.RetainAsync(45 * Day, None);
            Console.WriteLine($"retention of the older half: {Stopwatch.GetElapsedTime(began).TotalSeconds:N1} s");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task FillAsync(AlertStore store, int events)
    {
        long began = Stopwatch.GetTimestamp();
        for (int from = 0; from < events; from += 1_000)
        {
            await store.AppendEventsAsync([.. Enumerable.Range(from, Math.Min(1_000, events - from)).Select(i => EventOf(i, events))], None);
        }
        TimeSpan took = Stopwatch.GetElapsedTime(began);
        Console.WriteLine($"{events:N0} events of {Rules} rules with {Instances} instances: {events / took.TotalSeconds:N0} events/s");
    }

    private static async Task SaveAsync(AlertStore store)
    {
        const int Saves = 2_000;
        AlertRuleState[] states = [.. Enumerable.Range(0, Rules).Select(r => new AlertRuleState(
            IdOf(1, r), 1, [.. Enumerable.Range(0, Instances).Select(i => new AlertInstance(TagSet.Of(("host", $"h{i}")), AlertState.New with { LastValue = i }, 0))], null, null, 1))];
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < Saves; i++)
        {
            await store.SaveRuleStateAsync(states[i % Rules], [EventOf(i, Saves) with { Detail = $"saved {i}" }], None);
        }
        double serial = Saves / Stopwatch.GetElapsedTime(began).TotalSeconds;
        began = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, Saves, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, stop) => await store.SaveRuleStateAsync(states[i % Rules], [EventOf(i, Saves) with { Detail = $"saved too {i}" }], stop));
        Console.WriteLine($"states of {Instances} instances with one event each: {serial:N0} saves/s one after the other, {Saves / Stopwatch.GetElapsedTime(began).TotalSeconds:N0} saves/s from eight at once");
    }

    private static async Task AskAsync(AlertStore store)
    {
        var any = new AlertEventQuery(null, null, null, [], 0, 91 * Day, null, 100);
        IReadOnlyList<AlertEvent> middle = await store.ReadEventsAsync(any with { ToMs = 45 * Day, Limit = 1 }, None);
        (string Name, Func<int, AlertEventQuery> Query)[] questions =
        [
            ("newest of all", _ => any),
            ("newest of a rule", i => any with { RuleId = IdOf(1, i) }),
            ("newest of an instance", i => any with { RuleId = IdOf(1, i), Instance = $"host:h{i % Instances}" }),
            ("an instance's day, long ago", i => any with { RuleId = IdOf(1, i), Instance = $"host:h{i % Instances}", FromMs = 30 * Day, ToMs = 31 * Day }),
            ("newest of a channel", i => any with { ChannelId = IdOf(2, i % 10) }),
            ("a rare kind", _ => any with { Kinds = [AlertEventKind.RuleDeleted] }),
            ("a page in the middle", _ => any with { Before = middle[0].Id }),
        ];
        foreach ((string name, Func<int, AlertEventQuery> query) in questions)
        {
            var took = new List<double>();
            int found = 0;
            for (int i = 0; i < 50; i++)
            {
                long began = Stopwatch.GetTimestamp();
                found += (await store.ReadEventsAsync(query(i * 17 % Rules), None)).Count;
                took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
            took.Sort();
            Console.WriteLine($"{name}: p50 {took[25]:N1} ms, p98 {took[48]:N1} ms, {found / 50} events");
        }
    }

    private static AlertEvent EventOf(int i, int of) => new()
    {
        AtMs = 90 * Day * i / of,
        Kind = i % 100_000 == 0 ? AlertEventKind.RuleDeleted : AlertEventKind.StateChanged,
        RuleId = IdOf(1, i % Rules),
        RuleName = $"rule {i % Rules}",
        Instance = $"host:h{i / Rules % Instances}",
        From = AlertPhase.Pending,
        To = AlertPhase.Firing,
        Value = i,
        ChannelId = i % 3 == 0 ? IdOf(2, i % 10) : null,
        Detail = "avg of api.request.duration was 812.4 ms, over 500 ms",
    };

    private static Guid IdOf(short kind, int number) => new(number, kind, 0, 0, 0, 0, 0, 0, 0, 0, 1);
}
