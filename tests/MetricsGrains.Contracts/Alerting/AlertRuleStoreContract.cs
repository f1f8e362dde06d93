using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using static MetricsGrains.Contracts.Alerting.AlertSamples;

namespace MetricsGrains.Contracts.Alerting;

/// <summary>Rules, their versions, and edits that meet.</summary>
public abstract class AlertRuleStoreContract : AlertStoreContract
{
    [ContractFact]
    public async Task SaveRule_New_IsFoundListedAndInTheHistory()
    {
        AlertRule rule = FullRule();
        AlertEvent edit = Edit(AlertEventKind.RuleCreated, rule.Id);
        Assert.Null(await Store.FindRuleAsync(rule.Id, None));
        Assert.Empty(await Store.ListRulesAsync(None));
        Assert.Equal(EditResult.Done, await Store.SaveRuleAsync(rule, edit, None));
        AssertSame(rule, await Store.FindRuleAsync(rule.Id, None));
        AssertSame(rule, Assert.Single(await Store.ListRulesAsync(None)));
        AssertSame([new AlertRuleVersion(rule, false)], await Store.ListVersionsAsync(rule.Id, None));
        Assert.Equal([edit], (await EventsAsync()).Select(e => e with { Id = 0 }));
    }

    [ContractTheory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(double.Epsilon)]
    [InlineData(double.MaxValue)]
    public async Task SaveRule_AnyThreshold_ComesBackAsItWas(double threshold)
    {
        AlertRule rule = Rule("r") with { Threshold = threshold };
        Assert.Equal(EditResult.Done, await Store.SaveRuleAsync(rule, Edit(AlertEventKind.RuleCreated), None));
        Assert.Equal(threshold, (await Store.FindRuleAsync(rule.Id, None))!.Threshold);
    }

    /// <summary>What a careless client or a garbled answer brings must not stop the store from writing.</summary>
    [ContractFact]
    public async Task SaveRule_StrangeTexts_AreTaken()
    {
        AlertRule rule = Rule("nul \0 and lone \ud800, \\u0000") with { MetricName = new string('m', 500), Owner = new string('x', 100_000), Channels = [new string('c', 300), "\0"] };
        Assert.Equal(EditResult.Done, await Store.SaveRuleAsync(rule, Edit(AlertEventKind.RuleCreated) with { Detail = "\0\ud800", Instance = new string('i', 50_000) }, None));
        AlertRule? stored = await Store.FindRuleAsync(rule.Id, None);
        Assert.Equal((rule.MetricName, rule.Owner, rule.Channels[0]), (stored!.MetricName, stored.Owner, stored.Channels[0]));
        Assert.EndsWith(", \\u0000", stored.Name, StringComparison.Ordinal);
        Assert.Equal(50_000, Assert.Single(await EventsAsync()).Instance!.Length);
    }

    [ContractFact]
    public async Task SaveRule_NextVersion_ReplacesAndKeepsTheOneBefore()
    {
        AlertRule first = Rule("before");
        AlertRule second = first with { Name = "after", Version = 2, Threshold = 5, UpdatedBy = "bob" };
        await Store.SaveRuleAsync(first, Edit(AlertEventKind.RuleCreated), None);
        Assert.Equal(EditResult.Done, await Store.SaveRuleAsync(second, Edit(AlertEventKind.RuleEdited), None));
        AssertSame(second, Assert.Single(await Store.ListRulesAsync(None)));
        AssertSame([new AlertRuleVersion(second, false), new AlertRuleVersion(first, false)], await Store.ListVersionsAsync(first.Id, None));
    }

    [ContractTheory]
    [InlineData(1, EditResult.Conflict)]
    [InlineData(2, EditResult.Conflict)]
    [InlineData(3, EditResult.Done)]
    [InlineData(4, EditResult.Conflict)]
    public async Task SaveRule_AgainstAnotherVersionThanTheStored_IsAConflictAndWritesNothing(int version, EditResult expected)
    {
        AlertRule rule = Rule("r");
        await Store.SaveRuleAsync(rule, Edit(AlertEventKind.RuleCreated), None);
        await Store.SaveRuleAsync(rule with { Version = 2, Threshold = 2 }, Edit(AlertEventKind.RuleEdited), None);
        Assert.Equal(expected, await Store.SaveRuleAsync(rule with { Version = version, Threshold = 99 }, Edit(AlertEventKind.RuleEdited, by: "late"), None));
        bool done = expected == EditResult.Done;
        Assert.Equal(done ? 99 : 2, (await Store.FindRuleAsync(rule.Id, None))!.Threshold);
        Assert.Equal(done ? 3 : 2, (await Store.ListVersionsAsync(rule.Id, None)).Count);
        Assert.Equal(done ? 3 : 2, (await EventsAsync()).Count);
    }

    [ContractFact]
    public async Task SaveRules_AllSound_SavesEachWithItsEvent()
    {
        AlertRule known = Rule("known");
        await Store.SaveRuleAsync(known, Edit(AlertEventKind.RuleCreated, known.Id), None);
        AlertRule edited = known with { Version = 2, Threshold = 9 }, added = Rule("added");

        IReadOnlyList<EditResult> results = await Store.SaveRulesAsync([new(edited, Edit(AlertEventKind.RuleEdited, known.Id)), new(added, Edit(AlertEventKind.RuleCreated, added.Id))], None);

        Assert.Equal([EditResult.Done, EditResult.Done], results);
        AssertSame([added, edited], await Store.ListRulesAsync(None));
        Assert.Equal(3, (await EventsAsync()).Count);
        Assert.Empty(await Store.SaveRulesAsync([], None));
    }

    [ContractFact]
    public async Task SaveRules_OneIsRefused_SavesNone()
    {
        AlertRule known = Rule("known");
        await Store.SaveRuleAsync(known, Edit(AlertEventKind.RuleCreated), None);
        RuleSave[] edits = [new(Rule("added"), Edit(AlertEventKind.RuleCreated)), new(known with { Version = 5 }, Edit(AlertEventKind.RuleEdited)), new(Rule("Known"), Edit(AlertEventKind.RuleCreated)), new(Rule("Added"), Edit(AlertEventKind.RuleCreated))];

        IReadOnlyList<EditResult> results = await Store.SaveRulesAsync(edits, None);

        // Two of one call may not have one name either.
        Assert.Equal([EditResult.Done, EditResult.Conflict, EditResult.NameTaken, EditResult.NameTaken], results);
        AssertSame(known, Assert.Single(await Store.ListRulesAsync(None)));
        Assert.Empty(await Store.ListVersionsAsync(edits[0].Rule.Id, None));
        Assert.Single(await EventsAsync());
        // And the store goes on.
        Assert.Equal([EditResult.Done], await Store.SaveRulesAsync([edits[0]], None));
    }

    [ContractFact]
    public async Task SaveRule_LaterVersionOfNone_IsNotFound() =>
        Assert.Equal(EditResult.NotFound, await Store.SaveRuleAsync(Rule("r", version: 2), Edit(AlertEventKind.RuleEdited), None));

    [ContractFact]
    public async Task SaveRule_TheSameAgain_IsDoneOnce()
    {
        AlertRule rule = FullRule();
        AlertEvent edit = Edit(AlertEventKind.RuleCreated, rule.Id);
        await Store.SaveRuleAsync(rule, edit, None);
        Assert.Equal(EditResult.Done, await Store.SaveRuleAsync(rule, edit, None));
        // Another's edit is another edit, though it says the same.
        Assert.Equal(EditResult.Conflict, await Store.SaveRuleAsync(rule, edit with { By = "bob" }, None));
        Assert.Single(await Store.ListVersionsAsync(rule.Id, None));
        Assert.Single(await EventsAsync());
    }

    [ContractTheory]
    [InlineData("Error Rate", "error rate")]
    [InlineData("été", "ÉTÉ")]
    public async Task SaveRule_NameOfAnotherInWhateverCase_IsTaken(string name, string other)
    {
        AlertRule first = Rule(name);
        await Store.SaveRuleAsync(first, Edit(AlertEventKind.RuleCreated), None);
        AlertRule second = Rule(other);
        Assert.Equal(EditResult.NameTaken, await Store.SaveRuleAsync(second, Edit(AlertEventKind.RuleCreated), None));
        Assert.Null(await Store.FindRuleAsync(second.Id, None));
        // Its own name is free to it, and one that nobody has any more to everybody.
        Assert.Equal(EditResult.Done, await Store.SaveRuleAsync(first with { Name = other, Version = 2 }, Edit(AlertEventKind.RuleEdited), None));
        Assert.Equal(EditResult.Done, await Store.SaveRuleAsync(first with { Name = "another", Version = 3 }, Edit(AlertEventKind.RuleEdited), None));
        Assert.Equal(EditResult.Done, await Store.SaveRuleAsync(second, Edit(AlertEventKind.RuleCreated), None));
    }

    [ContractFact]
    public async Task SaveRule_ManyAgainstOneVersionAtOnce_OneWins()
    {
        AlertRule rule = Rule("r");
        await Store.SaveRuleAsync(rule, Edit(AlertEventKind.RuleCreated), None);
        for (int version = 2; version < 8; version++)
        {
            EditResult[] results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
                Store.SaveRuleAsync(rule with { Version = version, Threshold = i }, Edit(AlertEventKind.RuleEdited, atMs: T0 + version, by: $"editor {i}"), None))));
            Assert.Equal(1, results.Count(r => r == EditResult.Done));
            Assert.Equal(7, results.Count(r => r == EditResult.Conflict));
            AlertRule winner = (await Store.FindRuleAsync(rule.Id, None))!;
            Assert.Equal(EditResult.Done, results[(int)winner.Threshold]);
            Assert.Equal($"editor {winner.Threshold}", (await EventsAsync())[0].By);
        }
        Assert.Equal(7, (await Store.ListVersionsAsync(rule.Id, None)).Count);
    }

    [ContractFact]
    public async Task SaveRule_ManyOfOneNameAtOnce_OneWins()
    {
        EditResult[] results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
            Store.SaveRuleAsync(Rule(i % 2 == 0 ? "same" : "SAME"), Edit(AlertEventKind.RuleCreated, by: $"{i}"), None))));
        Assert.Equal(1, results.Count(r => r == EditResult.Done));
        Assert.Equal(7, results.Count(r => r == EditResult.NameTaken));
        Assert.Single(await Store.ListRulesAsync(None));
    }

    [ContractFact]
    public async Task ListRules_ByNameWhateverTheCase()
    {
        foreach (string name in new[] { "b", "C", "a", "B2", "ä", "_", "Z" })
        {
            await Store.SaveRuleAsync(Rule(name), Edit(AlertEventKind.RuleCreated, by: name), None);
        }
        Assert.Equal(["a", "b", "B2", "C", "Z", "_", "ä"], (await Store.ListRulesAsync(None)).Select(r => r.Name));
    }

    [ContractFact]
    public async Task DeleteRule_Known_GoesAndTheHistorySaysWhoDidIt()
    {
        AlertRule rule = Rule("r");
        await Store.SaveRuleAsync(rule, Edit(AlertEventKind.RuleCreated), None);
        AlertEvent edit = Edit(AlertEventKind.RuleDeleted, rule.Id, T0 + Minute, "bob");
        Assert.Equal(EditResult.Conflict, await Store.DeleteRuleAsync(rule.Id, 2, edit, None));
        Assert.Equal(EditResult.Done, await Store.DeleteRuleAsync(rule.Id, 1, edit, None));
        Assert.Null(await Store.FindRuleAsync(rule.Id, None));
        IReadOnlyList<AlertRuleVersion> versions = await Store.ListVersionsAsync(rule.Id, None);
        AssertSame([new AlertRuleVersion(rule with { Version = 2, UpdatedAtMs = T0 + Minute, UpdatedBy = "bob" }, true), new AlertRuleVersion(rule, false)], versions);
        Assert.Equal(edit, (await EventsAsync())[0] with { Id = 0 });
    }

    [ContractFact]
    public async Task DeleteRule_Unknown_IsNotFoundButTheSameDeletionAgainIsDone()
    {
        AlertRule rule = Rule("r");
        AlertEvent edit = Edit(AlertEventKind.RuleDeleted, rule.Id);
        Assert.Equal(EditResult.NotFound, await Store.DeleteRuleAsync(rule.Id, null, edit, None));
        await Store.SaveRuleAsync(rule, Edit(AlertEventKind.RuleCreated), None);
        await Store.DeleteRuleAsync(rule.Id, null, edit, None);
        Assert.Equal(EditResult.Done, await Store.DeleteRuleAsync(rule.Id, null, edit, None));
        Assert.Equal(EditResult.NotFound, await Store.DeleteRuleAsync(rule.Id, null, edit with { By = "somebody else" }, None));
        Assert.Equal(2, (await EventsAsync()).Count);
    }

    [ContractFact]
    public async Task SaveRule_DeletedOnce_CanBeMadeAgainAndKeepsItsHistory()
    {
        AlertRule rule = Rule("r");
        await Store.SaveRuleAsync(rule, Edit(AlertEventKind.RuleCreated), None);
        await Store.DeleteRuleAsync(rule.Id, null, Edit(AlertEventKind.RuleDeleted, rule.Id), None);
        Assert.Equal(EditResult.Done, await Store.SaveRuleAsync(rule, Edit(AlertEventKind.RuleCreated, atMs: T0 + 1), None));
        Assert.Equal([false, true, false], (await Store.ListVersionsAsync(rule.Id, None)).Select(v => v.Deleted));
    }
}
