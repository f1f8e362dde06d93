namespace MetricsGrains.Server.Options;

/// <summary>How far apart two spellings of a name are.</summary>
internal static class EditDistance
{
    /// <summary>Nobody's name is that long; the time to compare them would be.</summary>
    private const int MaxLength = 128;

    /// <summary>Letters to insert, delete or replace to make one of the other (Levenshtein 1966), their case aside; int.MaxValue when one is far too long.</summary>
    public static int Between(string a, string b)
    {
        if (a.Length > MaxLength || b.Length > MaxLength)
        {
            return int.MaxValue;
        }
        Span<int> row = stackalloc int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
