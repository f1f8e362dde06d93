using MetricsGrains.Core.Model;
using MetricsGrains.Dashboard.Exploring;
using MetricsGrains.Core.Windows;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Tests;

public class ExploreModelTests
{
    private const long Now = 1_795_000_005_000;

    [Fact]
    public async Task ShowAsync_UnknownMetric_SaysSoAtThePickerAndComesWhenTheMetricDoes()
    {
        var queries = new FakeQueries();
        var model = new ExploreModel(queries);
        await model.ShowAsync(ExploreState.Empty with { Metric = "m" }, [], Now, default);
        Assert.Equal(ExploreControl.Metric, Assert.Single(model.Problems).Control);

        queries.Metrics["m"] = MetricKind.Gauge;
        Assert.True(await model.TickAsync(Now + 1000, default));
        Assert.Empty(model.Problems);
        Assert.True(model.HasAnswer);
    }

    [Fact]
    public async Task ShowAsync_StatisticThatDoesNotFit_IsRefusedInWords()
    {
        var queries = new FakeQueries { Metrics = { ["m"] = MetricKind.Gauge } };
        var model = new ExploreModel(queries);
        await model.ShowAsync(ExploreState.Parse("?metric=m&stat=p99", out _), [], Now, default);
        QueryProblem problem = Assert.Single(model.Problems);
        Assert.Equal(ExploreControl.Statistic, problem.Control);
        Assert.Contains("avg", problem.Message, StringComparison.Ordinal);
        Assert.Empty(queries.Asked);
    }

    [Theory]
    [InlineData("resolution", ExploreControl.Resolution)]
    [InlineData("tags", ExploreControl.Filter)]
    [InlineData("from", ExploreControl.Range)]
    [InlineData("whatever", ExploreControl.Chart)]
    public async Task ShowAsync_QueryException_IsShownAtItsControl(string parameter, ExploreControl control)
    {
        var queries = new FakeQueries { Metrics = { ["m"] = MetricKind.Gauge }, Failure = new QueryException(parameter, "no") };
        var model = new ExploreModel(queries);
        await model.ShowAsync(ExploreState.Empty with { Metric = "m" }, [], Now, default);
        Assert.Equal(new QueryProblem(control, "no"), Assert.Single(model.Problems));
    }

    [Fact]
    public async Task TickAsync_NotLive_AsksNothing()
    {
        var queries = new FakeQueries { Metrics = { ["m"] = MetricKind.Gauge } };
        var model = new ExploreModel(queries);
        await model.ShowAsync(ExploreState.Empty with { Metric = "m", Live = false }, [], Now, default);
        await model.TickAsync(Now + 1000, default);
        Assert.Single(queries.Asked);
    }
}
