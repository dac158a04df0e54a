# PowerShell completion for kcfg
Register-ArgumentCompleter -Native -CommandName 'kcfg', 'kubectl-kcfg' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @()
    foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        $value = if ($element.Value) { $element.Value } else { $element.Extent.Text }
        $words += "=$value"
    }
    $current = $wordToComplete.Trim("'`"")
    $lines = @(& kcfg __complete powershell @words "=$current" 2>$null)
    if ($lines.Count -eq 0) { return }
    $directive = $lines[-1]
    foreach ($line in ($lines | Select-Object -SkipLast 1)) {
        $value, $about = $line -split "`t", 2
        if (-not $about) { $about = $value }
        $text = if ($value -match "[^\w./:@=+-]") { "'" + $value.Replace("'", "''") + "'" } else { $value }
        [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $about)
    }
    # Nothing at all would let PowerShell offer files.
    if ($lines.Count -eq 1 -and $directive -notin ':0', ':16') { '' }
}
