namespace MetricsGrains.Server.Operations;

/// <summary>Columns of text for people and for awk: the first is left-aligned, the others right.</summary>
internal sealed class TextTable(params string[] head)
{
    private readonly List<string[]> _rows = [head];

    public void Add(params string[] row) => _rows.Add(row);

    public void Write(TextWriter output, string indent = "  ")
    {
        int[] widths = [.. Enumerable.Range(0, head.Length).Select(column => _rows.Max(r => r[column].Length))];
        foreach (string[] row in _rows)
        {
            output.WriteLine((indent + string.Join("  ", row.Select((cell, i) => i == 0 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i])))).TrimEnd());
        }
    }
}
