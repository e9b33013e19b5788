"""Calls ``double_all`` beside the answer, as the course's own drivers do."""


def drive(answer, scenario):
    if scenario["offset"] < 0:
        try:
            answer(scenario["numbers"], scenario["offset"])
        except ValueError:
            return {"refused": True}
        return {"refused": False}
    return {"values": answer(scenario["numbers"], scenario["offset"])}
