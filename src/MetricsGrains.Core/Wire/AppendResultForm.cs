using MetricsGrains.Core.Ports;

namespace MetricsGrains.Core.Wire;

/// <summary>The bytes of an <see cref="AppendResult"/> within an answer to a dispatch; docs/formats/dispatch.md draws them.</summary>
internal static class AppendResultForm
{
    private const int LeastRefusalBytes = 6;

    public static void Write(MessageWriter to, AppendResult result)
    {
        to.Signed(result.Accepted);
        to.Unsigned((ulong)result.Refusals.Count);
        for (int i = 0; i < result.Refusals.Count; i++)
        {
            Refusal refusal = result.Refusals[i];
            int start = to.Length;
            to.Signed(refusal.Slice);
            to.Signed(refusal.Series);
            to.Byte((byte)refusal.Reason);
            to.Signed(refusal.Samples);
            to.Text(refusal.Detail);
            to.PrefixFrom(start);
        }
    }

    public static AppendResult Read(ref MessageReader from)
    {
        long accepted = from.Signed();
        int count = from.Count(LeastRefusalBytes);
        if (accepted == 0 && count == 0)
        {
            return AppendResult.Empty;
        }
        var refusals = new Refusal[count];
        for (int i = 0; i < refusals.Length; i++)
        {
            refusals[i] = ReadRefusal(from.Nested());
        }
        return new AppendResult(accepted, refusals);
    }

    // A reason of a later version is let through: it is counted and shown, and its detail is there for people.
    private static Refusal ReadRefusal(MessageReader from) => new(from.Int32(), from.Int32(), (RefusalReason)from.Byte(), from.Int32(), from.Text());
}
