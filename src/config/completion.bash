# build.rs puts this behind what clap has made. It replaces ONE and TWO by the options that one
# value follows, and two.
#
# The words of COMMAND are completed as they are without container-init.
_container_init_command() {
    local word at=1
    while ((at < COMP_CWORD)); do
        word=${COMP_WORDS[at]}
        ((at++))
        case $word in
        --) break ;;
        @ONE@) [[ ${COMP_WORDS[at]} == = ]] && ((at++)); ((at++)) ;;
        @TWO@) ((at += 2)) ;;
        --*) [[ ${COMP_WORDS[at]} == = ]] && ((at += 2)) ;;
        -*) ;;
        *) ((at--)); break ;;
        esac
    done
    if ((at > COMP_CWORD)) || [[ $at == "$COMP_CWORD" && $2 == -* && ${COMP_WORDS[at - 1]} != -- ]]; then
        _container__init "$@"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$at"
    elif ((at == COMP_CWORD)); then
        COMPREPLY=($(compgen -c -- "$2"))
    fi
}
complete -F _container_init_command -o bashdefault -o default container-init
