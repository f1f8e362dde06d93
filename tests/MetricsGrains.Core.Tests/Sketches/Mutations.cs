namespace MetricsGrains.Core.Tests.Sketches;

/// <summary>Valid bytes made invalid, mostly a little: what a torn write, a wrong version or an attacker sends.</summary>
internal static class Mutations
{
    public static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = new List<byte>(original);
        for (int edits = random.Next(1, 5); edits > 0; edits--)
        {
            int at = random.Next(bytes.Count + 1);
            switch (random.Next(6))
            {
                case 0 when at < bytes.Count: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1 when at < bytes.Count: bytes[at] = (byte)random.Next(256); break;
                case 2 when at < bytes.Count: bytes.RemoveRange(at, Math.Min(random.Next(1, 8), bytes.Count - at)); break;
                case 3: bytes.Insert(at, (byte)random.Next(256)); break;
                case 4: bytes.InsertRange(at, Enumerable.Repeat((byte)0xFF, random.Next(1, 12))); break;
                case 5: bytes.AddRange(original.AsSpan(0, random.Next(Math.Min(64, original.Length)))); break;
                default: break;
            }
        }

        return [.. bytes];
    }
}
