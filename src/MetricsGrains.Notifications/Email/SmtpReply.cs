using System.Globalization;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Sending;

namespace MetricsGrains.Notifications.Email;

/// <summary>A server's reply. Source: RFC 5321, 4.2.</summary>
/// <param name="Lines">Without code.</param>
internal sealed record SmtpReply(int Code, IReadOnlyList<string> Lines)
{
    /// <summary>"250 2.0.0 Ok: queued as 12345".</summary>
    public string Text => AnswerText.Excerpt(string.Create(CultureInfo.InvariantCulture, $"{Code} {string.Join(' ', Lines)}"));

    public bool IsPositive => Code is >= 200 and < 300;

    /// <summary>4yz: the server would have it tried again.</summary>
    public bool IsPassing => Code is >= 400 and < 500;

    /// <summary>Ends the attempt unless the reply is positive.</summary>
    /// <param name="command">What was replied to.</param>
    /// <param name="advice">What to do when it is refused for good; may be empty.</param>
    public void EnsurePositive(string command, string advice = "")
    {
        if (!IsPositive)
        {
            throw Failure(command, advice);
        }
    }

    public SendFailedException Failure(string command, string advice = "")
    {
        string text = $"{Text} (to {command})";
        // 3yz where it makes no sense is a server that is out of step; another try may find it in step.
        return new SendFailedException(Code >= 500 ? SendOutcome.Rejected(advice.Length > 0 ? $"{text} – {advice}" : text) : SendOutcome.Retry(text));
    }
}
