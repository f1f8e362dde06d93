using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Email;
using MetricsGrains.Notifications.Tests.Receivers;

namespace MetricsGrains.Notifications.Tests.Email;

/// <summary>Email channels, and notifiers that trust the tests' own certificate or do not.</summary>
internal static class EmailChannels
{
    public static EmailNotifier Trusting(TimeProvider? time = null) => new(time ?? TimeProvider.System, (_, _, _, _) => true);

    public static EmailNotifier Strict(TimeProvider? time = null) => new(time ?? TimeProvider.System);

    public static Channel Of(SmtpServer server, string security = "starttls", bool signIn = true, string to = "ops@example.com", string from = "alerts@example.com") =>
        Of(server.Port, security, signIn ? server.User : "", signIn ? server.Password : "", to, from);

    public static Channel Of(int port, string security, string user = "", string password = "", string to = "ops@example.com", string from = "alerts@example.com", string host = "127.0.0.1")
    {
        var settings = new Dictionary<string, string> { ["smtp_host"] = host, ["smtp_port"] = port.ToString(null, null), ["security"] = security, ["username"] = user, ["from"] = from, ["to"] = to };
        return Samples.ChannelOf(ChannelType.Email, settings, new Dictionary<string, string> { ["password"] = password });
    }

    public static Notification WithoutChart => Samples.Of(NotificationReason.Fired, Samples.Silent());

    public static Notification Fired => Samples.Of(NotificationReason.Fired, Samples.Latency());
}
