using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Wording;

namespace MetricsGrains.Notifications.Tests.Wording;

public sealed class HeadlineTests
{
    public static TheoryData<NotificationReason, AlertNotice[], string> Cases => new()
    {
        { NotificationReason.Fired, [Samples.Latency()], "Critical: Checkout is slow" },
        { NotificationReason.Fired, [Samples.Silent()], "No data: Backup has stopped" },
        { NotificationReason.Resolved, [Samples.Resolve(Samples.Latency())], "Resolved: Checkout is slow" },
        { NotificationReason.Repeated, [Samples.Latency()], "Still firing – Critical: Checkout is slow" },
        { NotificationReason.Acknowledged, [Samples.Latency()], "Taken on – Critical: Checkout is slow" },
        { NotificationReason.Fired, [Samples.Latency(), Samples.Latency("us")], "Critical: Checkout is slow (2 firing)" },
        { NotificationReason.Fired, [Samples.Silent(), Samples.Latency()], "Critical: Checkout is slow and 1 more (2 firing)" },
        { NotificationReason.Changed, [Samples.Silent(), Samples.Resolve(Samples.Latency())], "No data: Backup has stopped and 1 more (1 firing, 1 resolved)" },
        { NotificationReason.Resolved, [Samples.Resolve(Samples.Latency()), Samples.Resolve(Samples.Silent())], "Resolved: Checkout is slow and 1 more (2 resolved)" },
        { NotificationReason.Test, [Samples.Latency()], "Test message from MetricsGrains" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Of_Notification_SaysItInOneLine(NotificationReason reason, AlertNotice[] alerts, string headline) => Assert.Equal(headline, Headline.Of(Samples.Of(reason, alerts)));

    [Fact]
    public void ChangedFirst_SomeChanged_StandFirst()
    {
        AlertNotice eu = Samples.Latency(), us = Samples.Latency("us"), asia = Samples.Latency("asia");
        Notification notification = Samples.Of(NotificationReason.Changed, eu, us, asia) with { Changed = [asia.IncidentKey] };
        Assert.Equal([asia, eu, us], Headline.ChangedFirst(notification));
    }
}
