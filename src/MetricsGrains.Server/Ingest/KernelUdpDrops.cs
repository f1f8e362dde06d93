using System.Globalization;

namespace MetricsGrains.Server.Ingest;

/// <summary>How many datagrams Linux dropped for a port because the socket's buffer was full. Source: proc(5), /proc/net/udp, last column.</summary>
internal static class KernelUdpDrops
{
    public static long Of(int port)
    {
        string suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        long drops = 0;
        foreach (string path in (string[])["/proc/net/udp", "/proc/net/udp6"])
        {
            if (!File.Exists(path))
            {
                continue;
            }
            foreach (string line in File.ReadLines(path).Skip(1))
            {
                string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length > 2 && fields[1].EndsWith(suffix, StringComparison.Ordinal) && long.TryParse(fields[^1], NumberStyles.None, CultureInfo.InvariantCulture, out long count))
                {
                    drops += count;
                }
            }
        }
        return drops;
    }
}
