using System.Text;
using BenchmarkDotNet.Attributes;
using MetricsGrains.Core.Model;
using MetricsGrains.Protocols.Json;
using MetricsGrains.Protocols.StatsD;

namespace MetricsGrains.Benchmarks;

/// <summary>One line through each parser. The column to look at is Allocated: it must say nothing.</summary>
[MemoryDiagnoser]
public class ParserBenchmarks
{
    private readonly byte[] _statsD = Encoding.UTF8.GetBytes("api.request.duration:142.7|ms|@0.5|#env:production,service:checkout");
    private readonly byte[] _json = Encoding.UTF8.GetBytes("""{"name":"api.request.duration","type":"distribution","value":142.7,"tags":{"env":"production","service":"checkout"},"timestamp":1776416400000}""");
    private readonly JsonPointScratch _scratch = new();
    private readonly TagSetBuilder _tags = new();

    [Benchmark]
    public double StatsDLine()
    {
        StatsDParser.TryParse(_statsD, out StatsDLine line);
        double sum = 0;
        foreach (StatsDValue value in line.EnumerateValues())
        {
            sum += value.Value;
        }
        return sum;
    }

    [Benchmark]
    public int StatsDLineWithTags()
    {
        StatsDParser.TryParse(_statsD, out StatsDLine line);
        StatsDTags.TryRead(line.Tags, _tags.Cleared());
        return _tags.Build().Length;
    }

    [Benchmark]
    public double JsonLine()
    {
        var reader = new JsonPointReader(_json, _scratch);
        return reader.MoveNext() ? reader.Current.Value : 0;
    }
}
