using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Notifications.Sending;

/// <summary>One attempt to send: it ends in time, throws nothing but cancellation, and what it answers holds no secrets.</summary>
internal sealed class Attempt(TimeProvider time)
{
    /// <summary>The port promises 30 s; the rest is for closing what is open.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(28);

    /// <param name="secrets">What must not be in the answer, as the receiver could repeat it.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public async Task<SendOutcome> RunAsync(IReadOnlyList<string> secrets, Func<CancellationToken, Task<SendOutcome>> send, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        SendOutcome outcome;
        try
        {
            outcome = await send(either.Token);
        }
        catch (Exception) when (cancel.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancel);
        }
        catch (SendFailedException failed)
        {
            outcome = failed.Outcome;
        }
        catch (OperationCanceledException)
        {
            outcome = SendOutcome.Retry(FormattableString.Invariant($"no whole answer within {Limit.TotalSeconds} s"));
        }
        // The port promises not to throw: a fault of ours must not stop the channel, and the history shows it.
        catch (Exception fault)
        {
            outcome = SendOutcome.Retry($"could not be sent: {fault.GetType().Name}: {fault.Message}");
        }
        return outcome with { Answer = AnswerText.Clean(outcome.Answer, secrets) };
    }
}
