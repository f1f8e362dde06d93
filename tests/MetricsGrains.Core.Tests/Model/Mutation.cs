namespace MetricsGrains.Core.Tests.Model;

/// <summary>Damages bytes the way disks, networks and attackers do: flips, replacements, cuts, repeats, insertions.</summary>
internal static class Mutation
{
    private static readonly byte[] s_telling = [0, 1, 0x7F, 0x80, 0xFF];

    public static byte[] Of(ReadOnlySpan<byte> whole, Random random)
    {
        var bytes = new List<byte>(whole.ToArray());
        for (int changes = random.Next(1, 5); changes > 0 && bytes.Count > 0; changes--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = s_telling[random.Next(s_telling.Length)];
                    break;
                case 2:
                    bytes.RemoveRange(at, random.Next(bytes.Count - at));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 12), bytes.Count - at)));
                    break;
                case 4:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                default:
                    bytes.RemoveAt(at);
                    break;
            }
        }
        return [.. bytes];
    }
}
