using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Dashboard.Components.Alerting;
using MetricsGrains.Dashboard.Components.Pages.Alerting;
using MetricsGrains.Query;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Dashboard.Tests.Alerting;

/// <summary>Whole pages as the server renders them first.</summary>
public class AlertPageTests
{
    private readonly FakeAlertGrains _grains = new();
    private readonly FakeAlertStore _store = new();
    private readonly FakePreviews _previews = new();
    private readonly FakeQueries _queries = new() { Metrics = { ["shop.latency"] = MetricKind.Distribution, ["shop.errors"] = MetricKind.Counter } };

    [Fact]
    public async Task AlertsPage_NoRules_OffersTemplates()
    {
        string html = await RenderAsync<AlertsPage>("alerts");
        Assert.Contains("data-testid=\"no-rules\"", html, StringComparison.Ordinal);
        Assert.Contains("href=\"alerts/rules/new?template=silence\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AlertsPage_AllWell_SaysSoAndHowManyWatch()
    {
        _grains.Put(Sample.Rule("a"), Sample.Instance(AlertPhase.Inactive));
        string html = await RenderAsync<AlertsPage>("alerts");
        Assert.Contains("All is well", html, StringComparison.Ordinal);
        Assert.Contains("1 rule watching, last evaluated", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AlertsPage_Firing_ShowsValueTagsAndWhatCanBeDone()
    {
        AlertRule rule = Sample.Rule("Slow", AlertSeverity.Critical) with { RunbookUrl = "https://wiki/slow", Owner = "web" };
        _grains.Put(rule, Sample.Instance(AlertPhase.Firing, "eu") with { Acknowledged = new Acknowledgement("ann", Sample.Now, "on it") }, Sample.Instance(AlertPhase.Firing, "us"));
        string html = await RenderAsync<AlertsPage>("alerts");
        Assert.Contains("2 alerts firing: 2 critical", html, StringComparison.Ordinal);
        Assert.Contains("Acknowledged by <b>ann</b>", html, StringComparison.Ordinal);
        // Only the one that nobody has taken on.
        Assert.Equal(1, Count(html, "data-testid=\"acknowledge\""));
        Assert.Equal(2, Count(html, "href=\"https://wiki/slow\""));
        Assert.Contains("href=\"alerts/silences/new?matcher=alertname%3DSlow&amp;matcher=region%3Deu\"", html, StringComparison.Ordinal);
        Assert.Contains("explore?metric=shop.latency&amp;filter=region:eu&amp;stat=p99", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AlertLayout_NodeWithoutAlerting_SaysWhereAlertsAreAndMakesNoPage()
    {
        RenderFragment page = b =>
        {
            b.OpenComponent<AlertsPage>(0);
            b.CloseComponent();
        };
        string html = await RenderAsync<Components.Shell.AlertLayout>("alerts", new() { ["Body"] = page }, withAlerting: false);
        Assert.Contains("data-testid=\"alerting-elsewhere\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RulesPage_Rules_HaveStateSwitchAndSentence()
    {
        _grains.Put(Sample.Rule("Slow"), Sample.Instance(AlertPhase.Firing, "eu"), Sample.Instance(AlertPhase.Firing, "us"));
        string html = await RenderAsync<RulesPage>("alerts/rules");
        Assert.Contains("firing 2", html, StringComparison.Ordinal);
        Assert.Contains("p99 of shop.latency over 5m &gt; 250", html, StringComparison.Ordinal);
        Assert.Contains("role=\"switch\" aria-checked=\"true\" aria-label=\"Slow: evaluate\"", html, StringComparison.Ordinal);
        Assert.Contains("href=\"api/v1/alert-rules/export\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RuleEditorPage_Template_FillsTheFormWithoutErrors()
    {
        string html = await RenderAsync<RuleEditorPage>("alerts/rules/new?template=error-rate");
        Assert.Contains("value=\"shop.errors\"", html, StringComparison.Ordinal);
        Assert.Contains("Fires when rate of shop.errors over 5m is &gt; 1", html, StringComparison.Ordinal);
        Assert.DoesNotContain("data-testid=\"error-", html, StringComparison.Ordinal);
        Assert.Contains("data-testid=\"warning-channels\"", html, StringComparison.Ordinal);
        Assert.Contains("data-testid=\"message-preview\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RuleEditorPage_StoredRule_HasItsValuesEditsAndActions()
    {
        AlertRule rule = Sample.Rule("Slow") with { UpdatedBy = "ann", UpdatedAtMs = Sample.Now };
        _store.Rules[rule.Id] = [new AlertRuleVersion(rule with { Version = 2, Threshold = 300 }, false), new AlertRuleVersion(rule, false)];
        string html = await RenderAsync<RuleEditorPage>($"alerts/rules/{rule.Id}", new() { ["Id"] = rule.Id });
        Assert.Contains("value=\"300\"", html, StringComparison.Ordinal);
        Assert.Contains("<del>250</del> <ins>300</ins>", html, StringComparison.Ordinal);
        foreach (string action in (string[])["evaluate", "mute", "enable", "duplicate", "delete"])
        {
            Assert.Contains($"data-testid=\"{action}\"", html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task RuleEditorPage_UnknownRule_SaysSo()
    {
        string html = await RenderAsync<RuleEditorPage>("alerts/rules/x", new() { ["Id"] = Guid.NewGuid() });
        Assert.Contains("data-testid=\"rule-missing\"", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ChannelType.Slack)]
    [InlineData(ChannelType.PagerDuty)]
    [InlineData(ChannelType.Email)]
    [InlineData(ChannelType.Webhook)]
    public async Task ChannelPage_StoredChannel_ShowsEverySettingAndNoSecret(ChannelType type)
    {
        var channel = new Channel
        {
            Id = Guid.NewGuid(),
            Name = "ops",
            Type = type,
            Settings = ChannelSchema.Of(type).Where(f => !f.Secret).ToDictionary(f => f.Name, f => "shown-" + f.Name),
            Secrets = ChannelSchema.Of(type).Where(f => f.Secret).ToDictionary(f => f.Name, _ => "hush-hush"),
        };
        _store.Channels[channel.Id] = channel;
        string html = await RenderAsync<ChannelPage>($"alerts/channels/{channel.Id}", new() { ["Id"] = channel.Id });
        Assert.DoesNotContain("hush", html, StringComparison.Ordinal);
        Assert.All(channel.Settings, s => Assert.Contains(s.Value, html, StringComparison.Ordinal));
        Assert.Equal(channel.Secrets.Count, Count(html, "placeholder=\"set; leave empty to keep\""));
        Assert.Contains("data-testid=\"send-test\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChannelsPage_Failing_SaysSoWithTheAnswer()
    {
        var channel = new Channel { Id = Guid.NewGuid(), Name = "ops", Type = ChannelType.Webhook };
        _store.Channels[channel.Id] = channel;
        _store.ChannelStates[channel.Id] = ChannelState.New(channel.Id) with { FailedInARow = 3 };
        _store.Messages.Add(new OutboxMessage(new Notification(Guid.NewGuid(), channel.Id, "g", NotificationReason.Fired, [], [], null, "", Sample.Now), OutboxStatus.Waiting, 3, Sample.Now, null, "503 busy"));
        string html = await RenderAsync<ChannelsPage>("alerts/channels");
        Assert.Contains("failing 3×", System.Net.WebUtility.HtmlDecode(html), StringComparison.Ordinal);
        Assert.Contains("503 busy", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SilencesPage_LinkFromAnAlert_FillsTheFormAndShowsWhatItMatches()
    {
        _grains.Put(Sample.Rule("Slow"), Sample.Instance(AlertPhase.Firing, "eu"));
        string html = await RenderAsync<SilencesPage>("alerts/silences/new?matcher=alertname%3DSlow");
        Assert.Contains("data-testid=\"silence-match\" data-alerting=\"1\"", html, StringComparison.Ordinal);
        Assert.Contains("alertname=Slow", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HistoryPage_Events_AreSentences()
    {
        await _store.AppendEventsAsync([new AlertEvent { AtMs = Sample.Now - 1000, Kind = AlertEventKind.StateChanged, RuleId = Guid.NewGuid(), RuleName = "Slow", Instance = "region:eu", From = AlertPhase.Pending, To = AlertPhase.Firing, Value = 431 }], default);
        string html = await RenderAsync<HistoryPage>("alerts/history");
        Assert.Contains("It began to fire (value 431).", html, StringComparison.Ordinal);
        Assert.Contains("region:eu", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PreviewPanel_Answer_IsOneSentenceWithPages()
    {
        _previews.Series.Add(Sample.Series("eu", 300, 100, 300));
        using var model = new Dashboard.Alerting.PreviewModel(_previews, TimeProvider.System);
        AlertRule rule = Sample.Rule("Slow") with { GroupBy = ["region"] };
        await model.AskAsync(rule);
        string html = await RenderAsync<PreviewPanel>("alerts/rules/new", new() { ["Model"] = model, ["Rule"] = rule, ["IsThresholdKnown"] = true });
        Assert.Contains("in the last hour", html, StringComparison.Ordinal);
        Assert.Contains("data-pages=", html, StringComparison.Ordinal);
    }

    private static int Count(string html, string part) => html.Split(part).Length - 1;

    private async Task<string> RenderAsync<T>(string path, Dictionary<string, object?>? parameters = null, bool withAlerting = true)
        where T : IComponent
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Services.AddSingleton<TimeProvider>(Sample.Clock());
        builder.Services.AddMetricsGrainsDashboard();
        builder.Services.AddSingleton<IMetricQueries>(_queries);
        if (withAlerting)
        {
            builder.Services.AddSingleton<IAlertStore>(_store);
            builder.Services.AddSingleton<IAlertGrains>(_grains);
            builder.Services.AddSingleton<IRulePreviews>(_previews);
        }
        builder.Services.AddScoped<NavigationManager>(_ => new FixedNavigation(path));
        await using WebApplication host = builder.Build();
        await using AsyncServiceScope scope = host.Services.CreateAsyncScope();
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, host.Services.GetRequiredService<ILoggerFactory>());
        return await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<T>(ParameterView.FromDictionary(parameters ?? []))).ToHtmlString());
    }

    private sealed class FixedNavigation : NavigationManager
    {
        public FixedNavigation(string path) => Initialize("http://box:8080/", "http://box:8080/" + path);

        protected override void NavigateToCore(string uri, NavigationOptions options) => throw new NotSupportedException("a page must not navigate while it is rendered");
    }
}
