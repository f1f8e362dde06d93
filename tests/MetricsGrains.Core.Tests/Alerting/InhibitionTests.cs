using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Tests.Alerting;

public sealed class InhibitionTests
{
    private static AlertNotice Cause(params (string, string)[] tags) => SomeRule.Notice(tags) with { RuleId = Guid.NewGuid(), Severity = AlertSeverity.Critical, Inhibits = true };

    [Fact]
    public void Quiets_LessSevereWithTheSameTags_IsQuiet()
    {
        Assert.True(Inhibition.Quiets(Cause(("dc", "eu")), SomeRule.Notice(("dc", "eu"), ("host", "a"))));
        Assert.True(Inhibition.Quiets(Cause(("dc", "eu")) with { Status = AlertStatus.NoData }, SomeRule.Notice(("dc", "eu"))));
    }

    [Fact]
    public void Quiets_OtherwiseNever()
    {
        AlertNotice warning = SomeRule.Notice(("dc", "eu"), ("host", "a"));
        Assert.False(Inhibition.Quiets(Cause(("dc", "us")), warning));
        Assert.False(Inhibition.Quiets(Cause(("dc", "eu"), ("rack", "1")), warning));
        Assert.False(Inhibition.Quiets(Cause(), warning));
        Assert.False(Inhibition.Quiets(Cause(("dc", "eu")) with { Inhibits = false }, warning));
        Assert.False(Inhibition.Quiets(Cause(("dc", "eu")) with { Status = AlertStatus.Resolved }, warning));
        Assert.False(Inhibition.Quiets(Cause(("dc", "eu")) with { Muted = true }, warning));
        Assert.False(Inhibition.Quiets(Cause(("dc", "eu")), warning with { Severity = AlertSeverity.Critical }));
    }
}
