using System.Globalization;
using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Tests.Alerting;

/// <summary>What a preview promises, held against a rule's and a channel's real grains on the same day.</summary>
public sealed class PreviewComparisonTests
{
    private const int DayMinutes = 1_440;

    private const int Groups = 4;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Preview_OfADay_IsWhatTheGrainsDo(int seed)
    {
        var random = new Random(seed);
        AlertRule rule = RuleOf(random);
        double?[][] values = [.. Enumerable.Range(0, Groups).Select(_ => SeriesOf(random))];
        await CompareAsync(rule, values, FormattableString.Invariant($"seed {seed}, {AlertJson.Write(rule)}"));
    }

    [Fact]
    public async Task Preview_OfAFlappingGroup_CountsOnlyWhatAChannelWouldSend()
    {
        // On for a minute and off for one: all of it is told in a message each five minutes.
        AlertRule rule = SomeRule.Threshold() with { GroupBy = ["host"], RepeatInterval = TimeSpan.Zero };
        double?[] values = [.. Enumerable.Range(0, DayMinutes).Select(i => (double?)(i % 2 == 0 ? 95 : 50))];
        await CompareAsync(rule, [values], "flapping");
    }

    [Fact]
    public async Task Preview_OfAnEndlessIncident_CountsItsReminders()
    {
        AlertRule rule = SomeRule.Threshold() with { GroupBy = ["host"], RepeatInterval = TimeSpan.FromHours(4) };
        PagingRig rig = await CompareAsync(rule, [[.. Enumerable.Repeat((double?)95, DayMinutes)], [.. Enumerable.Range(0, DayMinutes).Select(i => (double?)(i > 300 ? 95 : 5))]], "endless");
        // After the first page one, after the second four: each page shows both.
        Assert.Equal((2, 5), (rig.Pages, rig.Reminders));
    }

    private static async Task<PagingRig> CompareAsync(AlertRule rule, double?[][] values, string about)
    {
        long from = AlertRig.Start + 60_000;
        long to = AlertRig.Start + (DayMinutes * 60_000L);
        PreviewSeries[] series = [.. values.Select((v, g) => new PreviewSeries(AlertRig.Tags(NameOf(g)), [.. v.Select((x, i) => (x, i)).Where(p => p.x is not null).Select(p => new PreviewPoint(from + (p.i * 60_000L), p.x!.Value))]))];
        RulePreview preview = RulePreview.Simulate(rule, series, from, to);

        var rig = new PagingRig(rule);
        for (int i = 0; i < DayMinutes; i++)
        {
            for (int g = 0; g < values.Length; g++)
            {
                rig.Rule.Data(NameOf(g), values[g][i]);
            }
            await rig.RunAsync();
        }
        // What began in the last minutes is told in the next ones: the preview counts it, for it will be.
        await rig.Channel.RunAsync(TimeSpan.FromMinutes(6));

        for (int g = 0; g < values.Length; g++)
        {
            PreviewGroup? group = preview.Groups.FirstOrDefault(x => x.Tags.Equals(AlertRig.Tags(NameOf(g))));
            string expected = string.Join('\n', FiringsOf(rig, NameOf(g), to));
            string actual = string.Join('\n', (group?.Firings ?? []).Select(f => Text(f.FromMs, f.ToMs, f.Ongoing, f.NoData)));
            Assert.True(expected == actual, $"{about}, group {g}\nthe grain:\n{expected}\nthe preview:\n{actual}");
            int told = rig.Channel.Delivered.Count(n => n.Reason == NotificationReason.Fired && n.Alerts.Any(a => a.IsAlerting && a.Tags.Equals(AlertRig.Tags(NameOf(g))) && n.Changed.Contains(a.IncidentKey)));
            Assert.True(told == (group?.Pages ?? 0), FormattableString.Invariant($"{about}, group {g}: told {told} times, {group?.Pages} in the preview"));
        }
        int reminders = rig.Channel.Delivered.Count(n => n.Reason == NotificationReason.Repeated && n.CreatedMs <= to);
        Assert.True((rig.Pages, reminders) == (preview.TotalPages, preview.TotalReminders), FormattableString.Invariant($"{about}: {(rig.Pages, reminders)} pages and reminders, {(preview.TotalPages, preview.TotalReminders)} in the preview"));
        return rig;
    }

    private static AlertRule RuleOf(Random random) => SomeRule.Threshold() with
    {
        GroupBy = ["host"],
        Condition = (AlertCondition)random.Next(1, 7),
        Threshold = 60,
        For = TimeSpan.FromMinutes(random.Next(3) == 0 ? 0 : random.Next(6)),
        KeepFiringFor = TimeSpan.FromMinutes(random.Next(3) == 0 ? 0 : random.Next(10)),
        NoData = (NoDataPolicy)random.Next(1, 4),
        NoDataAfter = TimeSpan.FromMinutes(random.Next(6)),
        RepeatInterval = random.Next(4) switch { 0 => TimeSpan.Zero, 1 => TimeSpan.FromMinutes(20), 2 => TimeSpan.FromMinutes(7), _ => TimeSpan.FromHours(1) },
    } is var rule && rule.Condition is AlertCondition.Gt or AlertCondition.Gte && random.Next(2) == 0 ? rule with { RecoveryThreshold = 45 } : rule;

    /// <summary>Wanders about the threshold, with steps on it, and holes.</summary>
    private static double?[] SeriesOf(Random random)
    {
        var values = new double?[DayMinutes];
        double value = 50;
        int hole = 0, calm = 0;
        for (int i = 0; i < DayMinutes; i++)
        {
            hole = hole > 0 ? hole - 1 : random.Next(80) == 0 ? random.Next(1, 30) : 0;
            calm = calm > 0 ? calm - 1 : random.Next(150) == 0 ? random.Next(1, 300) : 0;
            value = calm > 0 ? value : Math.Clamp(value + random.Next(-20, 21), 0, 100);
            values[i] = hole > 0 ? null : random.Next(6) == 0 ? 60 : value;
        }
        return values;
    }

    private static string NameOf(int group) => group.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<string> FiringsOf(PagingRig rig, string host, long toMs)
    {
        AlertEvent? began = null;
        foreach (AlertEvent entry in rig.Rule.Events.Where(e => e.Kind == AlertEventKind.StateChanged && e.Instance == AlertRig.Tags(host).ToString()))
        {
            bool alerting = entry.To is AlertPhase.Firing or AlertPhase.NoData;
            if (alerting && began is null)
            {
                began = entry;
            }
            else if (!alerting && began is not null)
            {
                yield return Text(began.AtMs, entry.AtMs, ongoing: false, began.To == AlertPhase.NoData);
                began = null;
            }
        }
        if (began is not null)
        {
            yield return Text(began.AtMs, toMs, ongoing: true, began.To == AlertPhase.NoData);
        }
    }

    private static string Text(long fromMs, long toMs, bool ongoing, bool noData) =>
        FormattableString.Invariant($"{(fromMs - AlertRig.Start) / 60_000} to {(toMs - AlertRig.Start) / 60_000}{(ongoing ? " and on" : "")}{(noData ? " without data" : "")}");
}
