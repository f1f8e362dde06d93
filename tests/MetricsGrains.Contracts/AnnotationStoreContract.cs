using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Contracts;

/// <summary>Annotations: appended once, found by time, tags and words, page by page, dropped when they are old.</summary>
public abstract class AnnotationStoreContract : StoreContract
{
    private static readonly Retention Kept = new(TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(365), TimeSpan.FromDays(1825));

    private IAnnotationStore Annotations => Harness.Annotations;

    [ContractFact]
    public async Task Read_NothingThere_IsEmpty() => Assert.Empty(await ReadAsync());

    [ContractFact]
    public async Task Read_WhatWasAppended_IsWholeAndNewestFirst()
    {
        Annotation full = new(Guid.NewGuid(), T0 + 1, "deployed \"2.0\"", "line one\nline two ü", "success", "web-1", "ci", "release", TagSet.Of(("env", "prod"), ("service", "checkout")));
        Annotation bare = new(Guid.NewGuid(), T0 + 2, "", "", "info", "", "", "", TagSet.Empty);
        Annotation odd = new(Guid.NewGuid(), T0, "x", "y", "error", "", "", "", TagSet.Of(("k", "a b, c:d \\ 'q'")));
        await AppendAsync(full, bare, odd);
        await Harness.ReopenAsync();
        Assert.Equal([bare, full, odd], await ReadAsync());
    }

    [ContractFact]
    public async Task Append_Repeated_IsThereOnce()
    {
        Annotation first = At(T0), second = At(T0), third = At(T0 + 1);
        await AppendAsync(first, second);
        await AppendAsync(first, second);
        await AppendAsync(second, third);
        await AppendAsync();
        Assert.Equal(((Annotation[])[first, second, third]).OrderByDescending(AnnotationPosition.Of), await ReadAsync());
    }

    [ContractFact]
    public async Task Read_Range_IncludesItsStartAndNotItsEnd()
    {
        Annotation[] all = [At(T0 - 1), At(T0), At(T0 + Hour - 1), At(T0 + Hour)];
        await AppendAsync(all);
        Assert.Equal([all[2], all[1]], await ReadAsync(from: T0, to: T0 + Hour));
        Assert.Equal(4, (await ReadAsync(from: long.MinValue, to: long.MaxValue)).Count);
        Assert.Empty(await ReadAsync(from: T0 + Day, to: T0 + (200 * Day)));
    }

    [ContractFact]
    public async Task Read_ByTags_HasTheFiltersMeaning()
    {
        await AppendAsync(At(T0, "a", ("env", "prod"), ("svc", "web")), At(T0 + 1, "b", ("env", "prod"), ("svc", "api")), At(T0 + 2, "c", ("env", "test"), ("svc", "web-2")), At(T0 + 3, "d"));
        Assert.Equal("ba", await TitlesAsync(filters: new TagFilter("env", TagMatch.Equal, "prod")));
        Assert.Equal("a", await TitlesAsync(filters: [new TagFilter("env", TagMatch.Equal, "prod"), new TagFilter("svc", TagMatch.Equal, "web")]));
        Assert.Equal("dcb", await TitlesAsync(filters: new TagFilter("svc", TagMatch.NotEqual, "web")));
        Assert.Equal("ca", await TitlesAsync(filters: new TagFilter("svc", TagMatch.Glob, "web*")));
        Assert.Equal("cba", await TitlesAsync(filters: [new TagFilter("env", TagMatch.Equal, "prod"), new TagFilter("env", TagMatch.Equal, "test")]));
        Assert.Equal("", await TitlesAsync(filters: new TagFilter(new string('k', 5_000), TagMatch.Equal, "\0")));
    }

    [ContractFact]
    public async Task Read_ByText_LooksIntoTitleAndTextWhateverTheCase()
    {
        await AppendAsync(At(T0) with { Title = "Größe", Text = "100% done_x" }, At(T0 + 1) with { Title = "other", Text = "the GRÖSSE\nof it" }, At(T0 + 2) with { Title = "none", Text = "" });
        Assert.Equal("Größe", await TitlesAsync(text: "grÖße"));
        Assert.Equal("other", await TitlesAsync(text: "grösse"));
        Assert.Equal("Größe", await TitlesAsync(text: "0% D"));
        Assert.Equal("", await TitlesAsync(text: "d%e"));
        Assert.Equal("noneotherGröße", await TitlesAsync(text: ""));
    }

    /// <summary>Every annotation is on one page, whatever the page's size, and although many are of one time.</summary>
    [ContractFact]
    public async Task Read_PageByPage_GivesEachOnce()
    {
        int seed = Random.Shared.Next(100_000);
        var random = new Random(seed);
        Annotation[] all = [.. Enumerable.Range(0, 2_500).Select(i => At(T0 + (random.Next(40) * Day) + random.Next(2), $"{i}", ("odd", i % 2 == 0 ? "no" : "yes"), ("ten", $"{i % 10}")))];
        await AppendAsync(all);
        foreach ((int size, TagFilter[] filters) in ((int, TagFilter[])[])[(700, []), (99, [new TagFilter("odd", TagMatch.Equal, "yes")]), (60, [new TagFilter("ten", TagMatch.Glob, "*7"), new TagFilter("odd", TagMatch.NotEqual, "no")])])
        {
            var read = new List<Annotation>();
            IReadOnlyList<Annotation> page;
            do
            {
                page = await ReadAsync(from: T0, to: T0 + (100 * Day), filters: filters, before: read.Count == 0 ? null : AnnotationPosition.Of(read[^1]), limit: size);
                read.AddRange(page);
            }
            while (page.Count == size);
            IEnumerable<Annotation> expected = all.Where(a => TagFilter.AllMatch(filters, a.Tags)).OrderByDescending(AnnotationPosition.Of);
            Assert.True(expected.SequenceEqual(read), $"seed {seed}, pages of {size}: {read.Count} read");
        }
    }

    [ContractFact]
    public async Task Retain_OldAnnotations_GoByTheMonthAndNothingNewer()
    {
        Annotation[] all = [.. Enumerable.Range(0, 200).Select(i => At(T0 + (i * Day)))];
        await AppendAsync(all);
        for (int day = 0; day < 400; day += 13)
        {
            long now = T0 + (day * Day);
            await Rollups.RetainAsync(now, Kept, None);
            IReadOnlyList<Annotation> left = await ReadAsync(from: T0, to: T0 + (500 * Day));
            Assert.Equal(all[^left.Count..].Reverse(), left);
            Assert.InRange(left.Count, all.Count(a => a.UnixMs >= now - (90 * Day)), all.Count(a => a.UnixMs >= now - (121 * Day)));
        }
    }

    [ContractFact]
    public async Task Retain_AnotherRetentionThanBefore_CountsFromThen()
    {
        await AppendAsync(At(T0, "old"), At(T0 + (60 * Day), "new"));
        await Rollups.RetainAsync(T0 + (90 * Day), Kept with { Annotations = TimeSpan.FromDays(400) }, None);
        Assert.Equal("newold", await TitlesAsync());
        await Rollups.RetainAsync(T0 + (90 * Day), Kept with { Annotations = TimeSpan.FromDays(40) }, None);
        Assert.Equal("new", await TitlesAsync());
        // Nothing of it says anything of the metrics' own retention.
        await AppendAsync(Flushes.One(Series("m", MetricKind.Gauge), T0, 1));
        await Rollups.RetainAsync(T0 + (20 * Day), Kept with { Annotations = TimeSpan.FromDays(10_000) }, None);
        Assert.NotNull(await Rollups.FindMetricAsync("m", None));
    }

    private static Annotation At(long unixMs, string title = "t", params (string, string)[] tags) => new(Guid.NewGuid(), unixMs, title, "text", "info", "", "", "", TagSet.Of(tags));

    private Task AppendAsync(params Annotation[] annotations) => Annotations.AppendAnnotationsAsync(annotations, None);

    private Task<IReadOnlyList<Annotation>> ReadAsync(long? from = null, long? to = null, TagFilter[]? filters = null, string text = "", AnnotationPosition? before = null, int limit = 1_000) =>
        Annotations.ReadAnnotationsAsync(new AnnotationQuery(from ?? T0 - Day, to ?? T0 + (1_000 * Day), filters ?? [], text, before ?? AnnotationPosition.End, limit), None);

    private async Task<string> TitlesAsync(string text = "", params TagFilter[] filters) => string.Concat((await ReadAsync(filters: filters, text: text)).Select(a => a.Title));
}
