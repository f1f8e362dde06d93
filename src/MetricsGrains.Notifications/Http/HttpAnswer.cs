using System.Globalization;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Sending;

namespace MetricsGrains.Notifications.Http;

/// <summary>What an HTTP receiver answered.</summary>
/// <param name="Body">UTF-8 text, at most <see cref="HttpCourier.MaxBodyBytes"/>.</param>
/// <param name="Whole">Whether the body was read to its end.</param>
internal sealed record HttpAnswer(int Status, string Body, bool Whole, TimeSpan? RetryAfter)
{
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>"503 upstream timed out": status and the body's beginning.</summary>
    public string Text => (Status.ToString(CultureInfo.InvariantCulture) + " " + AnswerText.Excerpt(Body)).TrimEnd();

    /// <summary>What an answer other than 2xx means by its status alone.</summary>
    /// <param name="detail">What the answer says, instead of <see cref="Text"/>.</param>
    public SendOutcome ToOutcome(string? detail = null)
    {
        string text = detail ?? Text;
        return Status switch
        {
            >= 300 and < 400 => SendOutcome.Rejected($"{text} – the address redirects, which is not followed; enter the address it leads to"),
            408 or 425 or 429 or >= 500 => SendOutcome.Retry(text, RetryAfter),
            _ => SendOutcome.Rejected(text),
        };
    }
}
