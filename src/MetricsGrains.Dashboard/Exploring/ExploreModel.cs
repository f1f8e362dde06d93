using MetricsGrains.Dashboard.Formatting;
using MetricsGrains.Dashboard.Live;
using MetricsGrains.Core.Windows;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Exploring;

/// <summary>What the Explore page shows for a state: the metric, the answer so far, and what is wrong with the question.</summary>
/// <param name="cadence">Null: <see cref="Cadence.Memory"/>.</param>
public sealed class ExploreModel(IMetricQueries queries, Cadence? cadence = null)
{
    /// <summary>More lines than this can be neither told apart nor read.</summary>
    public const int MaxSeries = 50;

    private readonly LiveQuery _live = new(queries, new ChartFeed(MaxSeries), cadence);
    private readonly List<QueryProblem> _problems = [];
    private int _version;

    public ExploreState State { get; private set; } = ExploreState.Empty;

    /// <summary>Null until the metric is known.</summary>
    public MetricInfo? Info { get; private set; }

    public ChartFeed Feed => _live.Feed;

    public QueryMeta? Meta { get; private set; }

    /// <summary>The last question asked; null when there is none.</summary>
    public MetricQuery? Question { get; private set; }

    public IReadOnlyList<QueryProblem> Problems => _problems;

    public bool HasAnswer => Meta is not null;

    public Statistic Statistic => State.Statistic ?? (Info is { } info ? FittingStatistics.Default(info.Kind) : default);

    /// <summary>Goes over to another state and asks its question.</summary>
    public async Task ShowAsync(ExploreState state, IReadOnlyList<QueryProblem> problems, long nowMs, CancellationToken cancel)
    {
        int mine = ++_version;
        bool sameMetric = state.Metric == State.Metric && Info is not null;
        State = state;
        _problems.Clear();
        _problems.AddRange(problems);
        _live.Restart();
        Meta = null;
        if (!sameMetric)
        {
            Info = null;
            Question = null;
            Feed.Clear();
        }
        if (state.Metric.Length == 0)
        {
            return;
        }
        await GuardAsync(mine, async () =>
        {
            MetricInfo info = sameMetric ? Info! : await queries.DescribeAsync(state.Metric, cancel);
            if (mine == _version)
            {
                Info = info;
                await AskAsync(mine, nowMs, cancel);
            }
        });
    }

    /// <summary>Says at a control what is wrong with what was entered.</summary>
    public void Refuse(ExploreControl control, string message)
    {
        _problems.RemoveAll(p => p.Control == control);
        _problems.Add(new QueryProblem(control, message));
    }

    /// <summary>Asks for what may have changed since.</summary>
    /// <returns>Whether anything but the chart's points changed.</returns>
    public async Task<bool> TickAsync(long nowMs, CancellationToken cancel)
    {
        if (!State.IsLive || State.Metric.Length == 0)
        {
            return false;
        }
        if (Info is null)
        {
            // The metric may come yet: someone opens the page, then sends the first point.
            await ShowAsync(State, [], nowMs, cancel);
            return Info is not null;
        }
        (QueryMeta? meta, int left, int problems) = (Meta, Feed.LeftOut, _problems.Count);
        int mine = _version;
        await GuardAsync(mine, () => AskAsync(mine, nowMs, cancel));
        return left != Feed.LeftOut || problems != _problems.Count || meta?.IsStale != Meta?.IsStale || meta?.Source != Meta?.Source
            || meta?.FreshnessMs is null != Meta?.FreshnessMs is null || Meta is { IsStale: true };
    }

    private async Task AskAsync(int mine, long nowMs, CancellationToken cancel)
    {
        if (!FittingStatistics.Fits(Info!.Kind, Statistic))
        {
            string offered = string.Join(", ", FittingStatistics.Offered(Info.Kind));
            Refuse(ExploreControl.Statistic, $"{Statistic} can't be made of a {Core.Model.MetricKinds.NameOf(Info.Kind).Replace('_', ' ')}: choose one of {offered}");
            return;
        }
        MetricQuery question = State.ToQuestion(Info.Kind, nowMs, (cadence ?? Cadence.Memory).StepMs);
        Feed.Unit = ValueFormat.UnitOf(Info.Unit, question.Statistic);
        Feed.GrowsWithinBucket = FittingStatistics.GrowsWithinBucket(question.Statistic);
        if (await _live.UpdateAsync(question, nowMs, cancel) && mine == _version)
        {
            Question = question;
            Meta = _live.LastResult!.Meta;
            _problems.RemoveAll(p => p.Control == ExploreControl.Chart);
        }
    }

    private async Task GuardAsync(int mine, Func<Task> ask)
    {
        try
        {
            await ask();
        }
        catch (QueryException e) when (mine == _version)
        {
            Refuse(QueryProblem.ControlOf(e.Parameter), e.Message);
        }
        catch (UnknownMetricException e) when (mine == _version)
        {
            Refuse(ExploreControl.Metric, $"no metric named '{e.Metric}' has been received");
        }
    }
}
