namespace MetricsGrains.Notifications.Email;

/// <summary>What a server can do, by its reply to EHLO: "AUTH PLAIN LOGIN", "STARTTLS".</summary>
internal sealed class SmtpExtensions(SmtpReply hello)
{
    public bool Has(string name) => LineOf(name) is not null;

    /// <summary>In capital letters.</summary>
    public IReadOnlyList<string> ParametersOf(string name) =>
        LineOf(name) is { } line ? line.ToUpperInvariant().Split([' ', '='], StringSplitOptions.RemoveEmptyEntries)[1..] : [];

    // The first line is a greeting. Old servers write AUTH=LOGIN.
    private string? LineOf(string name) =>
        hello.Lines.Skip(1).FirstOrDefault(l => l.StartsWith(name, StringComparison.OrdinalIgnoreCase) && (l.Length == name.Length || l[name.Length] is ' ' or '='));
}
